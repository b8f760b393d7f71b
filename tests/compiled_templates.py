"""Templates that are compiled once in a process: each console of a test has an environment of its own,
which would compile them again."""

from __future__ import annotations

from functools import cache
from types import CodeType

from flask import Flask
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """The code of each template by its name and the checksum of its source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code from here, if it was compiled before."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember the code."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


@cache
def share_compiled_templates() -> None:
    """Let all Flask apps that this process makes from now on share them."""
    compiled, create = CompiledTemplates(), Flask.create_jinja_environment

    def create_with_cache(app: Flask) -> Environment:
        environment = create(app)
        environment.bytecode_cache = compiled
        return environment

    Flask.create_jinja_environment = create_with_cache  # type: ignore[method-assign]
