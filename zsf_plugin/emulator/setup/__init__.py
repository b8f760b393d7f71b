"""The part of the Tooling API that makes custom fields, and tells of those there are.

Who may see a made field is `org.permission_sets`'.
"""
