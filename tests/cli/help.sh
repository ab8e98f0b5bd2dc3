# Help, and what a call that no table knows is told. Every verb says all of itself; a wrong word is named, with the nearest right one.
. "$(dirname "$0")/lib.sh"

"$CK" --help >all || echo "not ok --help: exit $?"
cp all listed
"$CK" help >all2
same "help is --help" "$(cat all)" "$(cat all2)"
expect "no words at all is a usage error" 2 "$CK"

# Each verb that the list shows: usage, options or none, statuses with 0 and 2, an example that begins with this program.
sed -n 's/^  \([a-z][a-z-]* [^ ].*\)$/\1/p' all | while read -r verb action rest; do
    words=$verb
    "$CK" "$verb" --help >one 2>&1 && grep -q '^Exit status:' one || words="$verb $action"
    # shellcheck disable=SC2086
    if "$CK" $words --help >one 2>&1 && grep -q "^usage: chartkeep $words" one && grep -q '^Exit status:' one && grep -q '^    0   done' one &&
        grep -q '^    2   ' one && grep -q '^Examples:' one && grep -q '^  .*chartkeep ' one; then :; else echo "$words"; fi
    # shellcheck disable=SC2086
    "$CK" help $words >two 2>&1
    cmp -s one two || echo "help $words is not its --help"
    awk '!/^  [^ ]*.*chartkeep / && length($0) > 140 { exit 1 }' one || echo "$words: a line too long"
done >bad
same "every verb tells its usage, options, statuses and an example" "" "$(cat bad)"
same "there are many" yes "$([ "$(grep -c '^  [a-z]' listed)" -gt 30 ] && echo yes)"

expect "an unknown option is a usage error" 2 "$CK" audit k --fromat json
same "the nearest option is named" "hint: did you mean --format?" "$(sed -n 2p last.err)"
expect "an unknown option with a value" 2 "$CK" audit k --zzzqqq=Zyxwvutton
same "its value is not repeated" "chartkeep: no such option: --zzzqqq" "$(sed -n 1p last.err)"
same "the hint says where they are listed" "hint: chartkeep audit --help lists them" "$(sed -n 2p last.err)"
expect "an unknown verb is a usage error" 2 "$CK" polcy
same "the nearest verb is named" "hint: did you mean policy?" "$(sed -n 2p last.err)"
expect "an unknown action is a usage error" 2 "$CK" policy chek
holds "the nearest action is named" grep -q 'did you mean check?' last.err
expect "a switch takes no value" 2 "$CK" import k --strict=yes f
expect "an option without its value" 2 "$CK" import k f --source
expect "an option that is needed" 2 "$CK" plan k
same "what it is for is said" "chartkeep: plan needs --output F: the plan file" "$(cat last.err)"
expect "too few operands" 2 "$CK" approve k
expect "too many operands" 2 "$CK" status k l
expect "an unknown format" 2 "$CK" status k --format yaml
expect "help of no verb" 2 "$CK" help nonsense
expect "actions of a verb" 0 "$CK" policy --help
expect "actions of a verb, asked the other way" 0 "$CK" help policy
