"""The resources below `/services/data/vXX.X/`: `rest` routes a request to one module per resource.

`server` owns the sockets; `org.permissions` decides who sees the fields that `tooling` creates.
"""
