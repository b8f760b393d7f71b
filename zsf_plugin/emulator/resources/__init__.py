"""What stands below `/services/data/vXX.X/`: `rest` chooses, one module a resource answers.

Sockets are the server's; what is made in setup is `setup`'s.
"""
