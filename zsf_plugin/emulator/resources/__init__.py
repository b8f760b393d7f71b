"""What stands below `/services/data/vXX.X/`: `rest` chooses, one module a resource answers.

Sockets are the server's; who may see a field that `tooling` made is `org.permissions`'.
"""
