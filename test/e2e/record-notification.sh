#!/bin/sh
# The program of an exec notifier: record-notification.sh DIRECTORY -c CLASS -p PRIORITY -u USER -m MAILBOX -f FNAME
# Appends standard input to DIRECTORY/ID.body and the arguments to DIRECTORY/ID.words, one NUL behind each, and then
# the id as a line to DIRECTORY/order: what has a line there is complete.
set -eu
directory=$1
shift
cat >>"$directory/$BELFRY_ID.body"
printf '%s\0' "$@" >>"$directory/$BELFRY_ID.words"
printf '%s\n' "$BELFRY_ID" >>"$directory/order"
