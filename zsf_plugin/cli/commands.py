"""The commands of `zsf`, by name, and its parser. Imports none of their modules."""

from __future__ import annotations

from zsf_plugin import __version__
from zsf_plugin.cli.parsing import (
    Command,
    CommandParser,
    Parser,
    add_common_options,
    add_subcommands,
    examples,
)

#: In the order in which help shows them.
COMMANDS = (
    Command(
        "demo",
        "cli.demo",
        "Run the whole sync offline against an emulated Salesforce, twice: the second run writes "
        "nothing",
        ("zsf demo", "zsf demo --serve        # keep the emulator running afterwards"),
    ),
    Command(
        "init",
        "cli.first_rules",
        "Create the config and data folders, and a first rule file with the schema for editors",
        ("zsf init", "ZSF_CONFIG_DIR=/etc/zsf ZSF_DATA_DIR=/var/lib/zsf zsf init"),
    ),
    Command(
        "connect",
        "cli.setup",
        "Connect a workspace to a Salesforce org",
        (
            "zsf connect --sandbox",
            "zsf connect --login-url https://acme.my.salesforce.com --no-browser",
            "zsf connect --client-id 3MVG9 --jwt-key key.pem --username sync@acme.example",
        ),
    ),
    Command(
        "disconnect",
        "cli.setup",
        "Disconnect a workspace from Salesforce; entries and links stay",
        ("zsf disconnect", "zsf disconnect --workspace acme --yes"),
    ),
    Command(
        "rules",
        "cli.rules",
        "Check rules, run their cases, compare and replay them, explain an event",
        ("zsf rules check", "zsf rules test", "zsf rules explain event.json --live"),
    ),
    Command(
        "fields",
        "cli.fields",
        "List the org's fields and what fills each; exit with 1 if one of your mappings has no "
        "writable field",
        ("zsf fields Lead", "zsf fields --refresh --json"),
    ),
    Command(
        "provision",
        "cli.provision",
        "Check the field Zaplify_Id__c and its permissions in Salesforce; --apply creates what is "
        "missing and deletes nothing",
        ("zsf provision", "zsf provision --apply"),
    ),
    Command(
        "doctor",
        "cli.doctor",
        "Check everything that can keep a workspace from syncing, and say what mends each; writes "
        "nothing to Salesforce",
        ("zsf doctor", "zsf doctor --workspace acme --json"),
    ),
    Command(
        "feed",
        "cli.feeding",
        "Add host events to the outbox from a file, one JSON object per line",
        ("zsf feed events.jsonl", "gunzip -c events.jsonl.gz | zsf feed -"),
    ),
    Command(
        "drain",
        "cli.draining",
        "Sync a workspace's outbox to Salesforce until nothing is due, or say which process does",
        ("zsf drain", "zsf drain --workspace acme --max 500 --seconds 60"),
    ),
    Command(
        "worker",
        "cli.draining",
        "Drain every workspace until SIGTERM or Ctrl-C",
        ("zsf worker", "zsf worker --verbose"),
    ),
    Command(
        "status",
        "cli.status",
        "Show entries waiting and held, the connection, and API calls used",
        ("zsf status", "zsf status --workspace acme --json", "zsf status --all"),
    ),
    Command(
        "health",
        "cli.health",
        "Say whether events can be stored and how long entries have been due; exit with 1 if not",
        ("zsf health", "zsf health --max-age 600 --json"),
    ),
    Command(
        "outbox",
        "cli.outbox",
        "List, show, retry, drop and export entries",
        (
            "zsf outbox list --state held",
            "zsf outbox list --cause          # held entries by cause",
            "zsf outbox retry --cause SEVERAL_MATCH",
        ),
    ),
    Command(
        "undo",
        "cli.undo",
        "Show what undoing an entry changes in Salesforce; --apply does it, where nobody else has "
        "changed it since",
        ("zsf undo e17", "zsf undo e17 --apply"),
    ),
    Command(
        "badges",
        "cli.badges",
        "Show which search results exist in Salesforce: black, grey or unknown",
        ("zsf badges results.json", "zsf badges - --deadline 5 < results.json"),
    ),
    Command(
        "console",
        "cli.console",
        "Open the console in a browser: connect, map fields, set switches, see what was synced",
        ("zsf console", "zsf console --port 0 --no-browser"),
    ),
    Command(
        "backup",
        "cli.backup",
        "Copy the database to a new file while everything goes on",
        ("zsf backup /var/backups/zsf/monday.sqlite3",),
    ),
    Command(
        "transfer",
        "cli.transferring",
        "Transfer the database file to an empty PostgreSQL database, for several machines",
        ("zsf transfer postgresql://zsf@db.internal/zsf",),
    ),
    Command(
        "purge",
        "cli.purging",
        "Remove entries that ended long ago, with their journal; links stay",
        ("zsf purge --older-than 400d --dry-run", "zsf purge --older-than 400d"),
    ),
    Command(
        "alerts",
        "cli.alerting",
        "Send your webhook what needs a person: a sign-in that ended, held entries, a pause",
        ("zsf alerts", "zsf alerts --test"),
    ),
    Command(
        "rotate-key",
        "cli.keys",
        "Encrypt tokens with another secret key: a new one, or that of ZSF_SECRET_KEY",
        (
            "zsf rotate-key",
            "zsf rotate-key --finish          # remove the previous key file",
            "ZSF_SECRET_KEY=NEW ZSF_SECRET_KEY_PREVIOUS=OLD zsf rotate-key",
        ),
    ),
    Command(
        "emulator",
        "emulator.command",
        "Serve a Salesforce emulator on this machine (prints `listening URL`)",
        ("zsf emulator --port 8642", "zsf emulator --org org.json --latency-ms 200"),
    ),
    Command(
        "completion",
        "cli.completion",
        "Print a completion script for your shell",
        (
            'eval "$(zsf completion bash)"      # in ~/.bashrc',
            'eval "$(zsf completion zsh)"       # in ~/.zshrc, after compinit',
            "zsf completion fish > ~/.config/fish/completions/zsf.fish",
        ),
    ),
)

_ENVIRONMENT = """\
Environment:
  ZSF_CONFIG_DIR      folder for rules (default: ~/.config/zsf)
  ZSF_DATA_DIR        folder for the database and the key (default: ~/.local/share/zsf)
  XDG_CONFIG_HOME, XDG_DATA_HOME
                      replace ~/.config and ~/.local/share in these defaults
  ZSF_DATABASE_URL    sqlite:///PATH or postgresql://… instead of a file in ZSF_DATA_DIR
  ZSF_ENGINE          procrastinate: hands out drains on many machines, with PostgreSQL
  ZSF_SECRET_KEY      key that encrypts tokens (default: a file in ZSF_DATA_DIR)
  ZSF_SECRET_KEY_PREVIOUS
                      key before that one, to read what it encrypted
  ZSF_CLIENT_ID       consumer key of the app that signs in to Salesforce
  ZSF_CLIENT_SECRET   its secret, if the app has one
  ZSF_READ_TIMEOUT_S  seconds to wait for an answer from Salesforce (default: 120)
  ZSF_RETENTION_DAYS  days after which workers remove what has ended (default: never)
  ZSF_ALERTS_URL      where alerts go, and the key that signs them (default: nowhere)
  ZSF_ALERTS_SECRET
  ZSF_ALERTS_HELD     held entries of a workspace that are an alert (default: 100)
  NO_COLOR            set to any value to turn colour off
  COLUMNS             width of tables (default: the terminal's; 200 in a pipe)

Exit codes:
  0    done
  1    done, with findings: something needs attention
  2    could not run; with --json, stdout has {"error": {"code", "message", "hint"}}
  130  interrupted by Ctrl-C"""


def build_parser(only: str | None = None) -> Parser:
    """The parser of `zsf`; it knows each command's name and help, and imports none of them. If
    `only` is a command's name, it knows that command alone."""
    parser = Parser(
        prog="zsf",
        description="Keep Salesforce up to date with what happens in Zaplify.",
        epilog=f"{examples(('zsf demo', 'zsf console', 'zsf status --json'))}\n\n{_ENVIRONMENT}",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"zsf {__version__}",
        help="Show the version and exit",
    )
    add_common_options(parser)
    subparsers = add_subcommands(parser, "COMMAND", CommandParser)
    named = [command for command in COMMANDS if command.name == only]
    for command in named or COMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=examples(command.examples),
        )
        subparser.command = command
    return parser


def build_full_parser() -> Parser:
    """The parser of `zsf` with the arguments of every command; imports all of their modules."""
    parser = build_parser()
    for action in parser._actions:
        for subparser in _subparsers(action.choices):
            subparser.load()
    return parser


def _subparsers(choices: object) -> list[CommandParser]:
    values = choices.values() if isinstance(choices, dict) else ()
    return [value for value in values if isinstance(value, CommandParser)]
