#!/bin/sh
# Copies the database and the key file of a data folder while other processes use them.
# Usage: backup.sh DATA_DIR TARGET_DIR    (prints the folder of the copy)
set -eu
umask 077
data=$1
copy=$2/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$copy"
python3 - "$data/zsf.sqlite3" "$copy/zsf.sqlite3" <<'PY'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True, timeout=60)
source.execute("VACUUM INTO ?", (sys.argv[2],))
PY
if [ -e "$data/secret.key" ]; then
    cp "$data/secret.key" "$copy/"
fi
echo "$copy"
