#!/bin/sh
# Goal: no JSON crashes an import or costs a good neighbour, whatever holds it:
# lines, a Bundle written over many lines, either compressed, a pipe; one thread or two.
. "$(dirname "$0")/lib.sh"

mkdir bad fine
# What no reader may take, each in brackets that match: a Bundle goes on behind it.
printf '{"resourceType":"Patient","id":"x","a":1,"a":2}' >bad/01-twice
printf '{"resourceType":"Patient","id":"x","a":1,"\\u0061":2}' >bad/02-twice-escaped
printf '{"resourceType":"Patient","id":"x\377"}' >bad/03-not-utf8
printf '{"resourceType":"Patient","id":"\300\257"}' >bad/04-overlong
printf '{"resourceType":"Patient","id":"\355\240\200"}' >bad/05-surrogate-bytes
printf '{"resourceType":"Patient","id":"\\ud800"}' >bad/06-half-of-a-pair
printf '{"resourceType":"Patient","id":"\\udc00\\ud800"}' >bad/07-pair-turned-round
printf '{"resourceType":"Patient","id":"x","a":\0}' >bad/08-nul
printf '{"resourceType":"Patient","id":"x\001"}' >bad/09-control
printf '{"resourceType":"Patient","id":"x","a":01}' >bad/10-number
printf '{"resourceType":"Patient","id":"x","a":1e}' >bad/11-number
printf '{"resourceType":"Patient","id":"x","a":NaN}' >bad/12-number
printf '{"resourceType":"Patient","id":"x",}' >bad/13-comma
printf '{"resourceType":"Patient","id":"x" "a":1}' >bad/14-no-comma
printf '{"resourceType":"Patient","id":"\\x41"}' >bad/15-escape
awk 'BEGIN { printf "{\"resourceType\":\"Patient\",\"id\":\"x\",\"a\":"; for (i = 0; i < 100000; i++) printf "["; for (i = 0; i < 100000; i++) printf "]"; printf "}" }' >bad/16-deep
awk 'BEGIN { printf "{\"resourceType\":\"Patient\",\"id\":\"x\""; for (i = 0; i < 100000; i++) printf ",\"a\":{\"a\":1}"; printf "}" }' >bad/17-many-twice
printf '{"resourceType":7,"id":"x"}' >bad/18-type-is-no-string
printf '{"resourceType":"../../etc","id":"x"}' >bad/19-type-is-no-name
printf '{}' >bad/20-empty
# What JSON allows, however odd: taken with every byte.
awk 'BEGIN { printf "{\"resourceType\":\"Observation\",\"id\":\"f1\",\"valueQuantity\":{\"value\":"; for (i = 0; i < 10000; i++) printf "9"; printf "}}" }' >fine/1-digits
printf '{"resourceType":"Observation","id":"f2","valueQuantity":{"value":1e999999}}' >fine/2-exponent
printf '{"resourceType":"Observation","id":"f3","valueQuantity":{"value":-0.0000000000000000000000000000000000000001E-99999}}' >fine/3-exponent
printf '{"resourceType":"Observation","id":"f4","note":[{"text":"\\u0000 \\ud83d\\ude00 \360\237\230\200 \\/"}]}' >fine/4-escapes
printf '{"resourceType":"Observation","id":"f5","":{"":[[],{},null,true,false]}}' >fine/5-empty-names
awk 'BEGIN { printf "{\"resourceType\":\"Observation\",\"id\":\"f6\""; for (i = 0; i < 20000; i++) printf ",\"n%d\":%d", i, i; printf "}" }' >fine/6-many-members
bads=$(ls bad | wc -l) fines=$(ls fine | wc -l)

n=0
good() {
    n=$((n + 1))
    printf '{"resourceType":"Patient","id":"good%s"}' $n
}
{
    printf '\357\273\277'
    good; printf '\r\n\r\n  \n\t\n'
    for f in bad/* fine/*; do
        cat $f; printf '\n'; good; printf '\r\n'
    done
    printf '{"resourceType":"Patient","id":"cut\n'; good; echo
    printf '{"resourceType":"Patient","id":"open",\n'; good; echo
    printf ']]]]}}}}\n'; good; echo
    head -c 5000 /dev/urandom | tr '\n"' 'xx'; printf '\n'; good; echo
    head -c 70000 /dev/zero; printf '\n'; good
} >lines.ndjson
lines=$n
n=0
{
    printf '\357\273\277{\r\n  "resourceType": "Bundle",\n  "type": "collection",\n  "entry": [\n'
    for f in bad/* fine/*; do
        printf '    {\n      "fullUrl": "https://example.org/%s",\n      "resource":\n' "${f#*/}"; good; printf '\n    },\n    {\n      "resource": '; cat $f; printf '\n    },\n'
    done
    printf '    { "resource": '; good; printf ' }\n  ]\n}\n'
} >bundle.json
entries=$n
gzip -k lines.ndjson bundle.json

counted() { # NAME RECORDS QUARANTINED, of last.out
    same "$1: good neighbours" "$2" "$(sed -n 's/^ *\([0-9]*\)  new records$/\1/p' last.out)"
    same "$1: bad ones kept" "$3" "$(sed -n 's/^ *\([0-9]*\)  quarantined$/\1/p' last.out)"
}
for t in 1 2; do
    for f in lines.ndjson lines.ndjson.gz bundle.json bundle.json.gz; do
        rm -rf k kf && "$CK" init k >/dev/null
        expect "$f, $t at work" 3 "$CK" import k --threads $t $f
        case $f in
        lines*) counted "$f, $t" $((lines + fines)) $((bads + 5)) ;;
        *) counted "$f, $t" $((entries + fines)) $bads ;;
        esac
        expect "$f, $t: check" 0 "$CK" check k
    done
    rm -rf k kf && "$CK" init k >/dev/null
    "$CK" import k --threads $t - <lines.ndjson.gz >last.out 2>/dev/null
    counted "through a pipe, $t" $((lines + fines)) $((bads + 5))
done

# a Bundle that ends too early, anywhere: whole entries before that are kept
size=$(wc -c <bundle.json) less=0
for i in 1 3 5 7 9; do
    head -c $((size * i / 10)) bundle.json >cut.json
    rm -rf k kf && "$CK" init k >/dev/null
    "$CK" import k cut.json >last.out 2>/dev/null
    status=$?
    whole=$(grep -ac '"id":"good[0-9]*"}$' cut.json)
    have=$(sed -n 's/^ *\([0-9]*\)  new records$/\1/p' last.out)
    [ $status = 3 ] && [ "${have:-0}" -ge "$((whole - 1))" ] || { less=$((less + 1)); echo "# cut at $i: status $status, $whole whole, ${have:-0} taken"; }
done
same "a Bundle cut anywhere keeps its whole entries" 0 $less

# a line of 100 MB among good ones
{ good; printf '\n{"resourceType":"Patient","id":"huge","a":"'; head -c 100000000 /dev/zero | tr '\0' 'h'; printf '"}\n'; good; printf '\n'; } >huge.ndjson
rm -rf k kf && "$CK" init k >/dev/null
expect "a line of 100 MB" 3 "$CK" import k huge.ndjson
counted "a line of 100 MB" 2 2
expect "it is kept in pieces: check" 0 "$CK" check k
