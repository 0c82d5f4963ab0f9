#!/bin/sh
# Puts the AWS profiles of @@USER_NAME@@, @@ORGANISATION@@, into ~/.aws/config, and the access key that
# stands below, if there is one, into ~/.aws/credentials (or where $AWS_CONFIG_FILE and
# $AWS_SHARED_CREDENTIALS_FILE point). What it put there before is replaced, all else stays. It shows the
# difference and asks (with --yes it does not), keeps a copy, and sends nothing. It ends with 0 when
# done or nothing is to do, with 1 when refused or declined.

profiles() {
    cat <<'@@DELIMITER@@'
@@PROFILES@@
@@DELIMITER@@
}
access_key() {
    cat <<'@@DELIMITER@@'
@@CREDENTIALS@@
@@DELIMITER@@
}
account=@@ACCOUNT@@
keys='@@KEYS@@'

# Whatever is in a file or in its name, no control character reaches the terminal.
visible() { LC_ALL=C tr -d '\001-\010\013-\037\177'; }
say() { printf '%s\n' "$*" | visible; }
refuse() { say "${so_far:-Nothing was changed}: $*" >&2; exit 1; }

# Makes the new text of a file, from ours, a line "---" and the old one. A section is ours if its key
# "firstday" has our account, or if it is between the two comments of former days. There, the keys
# that the portal writes are replaced; those that others have added stay. It fails with a reason, or
# prints "? " and an access key that is not from us, to standard error.
merged() {
    LC_ALL=C awk -v kind="$1" -v account="$account" -v keys="$keys" -v open="$2" '
        function named(header,  word) { # the name of its profile, as the AWS CLI finds it
            gsub(/^\[|][^]]*$/, "", header)
            if (kind == "credentials") return header
            if (header !~ /^profile/) return ""
            gsub(/["\047\\]/, "", header)
            return split(header, word) == 2 ? word[2] : ""
        }
        function put(text) { printf "%s%s", (started++ ? "\n" : ""), text; last = text }
        BEGIN { split(keys, list, " "); for (i in list) known[list[i]] }
        $0 == "---" && !old { old = 1; next }
        !old && /^\[/ { name = named($0); order[++count] = name }
        !old { if ($0 != "") { ours[name] = ours[name] (/^\[/ ? "" : "\n") $0; has[name, $1] = $3 }; next }

        { line[++n] = $0; section[n] = s }
        sub(/\r$/, "") && n == 1 { cr = "\r"; for (i in ours) gsub(/\n|$/, "\r&", ours[i]) }
        /\r/ { wrong = "line " n " has a carriage return within it." }
        index($0, "# firstday:begin " account " ") == 1 { between = 1; drop[n]; next }
        index($0, "# firstday:end " account " ") == 1 { between = 0; drop[n]; next }
        # As Python reads: these are blanks, too; and a line with more indent than its key goes on the value.
        { gsub(/\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200/, " ") }
        !match($0, /[^ \t\013\014\034-\037]/) { next }
        { text = substr($0, RSTART); indent = RSTART - 1 }
        text ~ /^[#;]/ { comment[n]; next }
        key != "" && indent > level { of[n] = key; next }
        { level = indent }
        text ~ /^\[.+]/ { section[n] = ++s; head[n]; title[s] = named(text); key = ""; former[s] = between; all = text ~ /^\[DEFAULT]/; next }
        !match(text, /[=:]/) { next }
        {
            key = tolower(substr(text, 1, RSTART - 1)); sub(/[ \t]+$/, "", key); of[n] = key; start[n]
            value = substr(text, RSTART + 1); gsub(/^[ \t]+|[ \t]+$/, "", value); values[s, key] = value
            if (!(key in known)) added[s]
            for (i in ours) if (all && !((i, key) in has)) wrong = "[DEFAULT] has " key ", which Python would give to these profiles, too."
        }
        END {
            for (i = 1; i <= s; i++) {
                name = title[i]; id = values[i, "aws_access_key_id"]
                mine = values[i, "firstday"] == account || former[i] && (name in ours || (i, "aws_account_id") in values)
                if (kind == "credentials" && name in ours && !mine) {
                    mine = 1; if (id != has[name, "aws_access_key_id"]) print "? " id | "cat 1>&2"
                }
                if (mine && name in ours && !(name in taken)) { fresh[i]; taken[name] }
                else if (name in ours) foreign = foreign (foreign ? ", " : "") name
                else if (mine && !(i in added)) gone[i]
            }
            if (foreign) wrong = "there are profiles of your own: " foreign ". Rename or remove them."
            if (wrong) print wrong | "cat 1>&2"
            close("cat 1>&2")
            if (wrong) exit 1
            for (n = 1; n in line; n++) {
                s = section[n]
                if (n in drop || s in gone && !(n in comment) || s in fresh && of[n] in known) continue
                if (s in fresh && n in start) sub(/^[ \t]+/, "", line[n])
                put(s in fresh && n in head ? ours[title[s]] : line[n])
                final = n
            }
            for (i = 1; i <= count; i++) if (!(order[i] in taken)) {
                if (open && final && last !~ /\r$/) printf "%s", cr
                if (started && last != cr) put(cr)
                put(ours[order[i]]); final = 0
            }
            if (started && !(open && final == n - 1 && !(section[final] in fresh))) printf "\n"
        }'
}

# What AWS tools stumble over in a text, a line each: "! " what the AWS CLI and Python cannot read,
# "- " what others cannot.
oddities() {
    LC_ALL=C awk '
        function odd(what) { if (++times[what] <= 5) where[what] = where[what] (times[what] > 1 ? ", " : "") NR }
        { sub(/\r$/, ""); rest = $0; key = tolower($0); sub(/[ \t]*[=:].*/, "", key) }
        NR == 1 && /^\357\273\277/ { odd("! byte order mark") }
        { gsub(/[\302-\337][\200-\277]|[\340-\357][\200-\277][\200-\277]|[\360-\364][\200-\277][\200-\277][\200-\277]/, "", rest) }
        rest ~ /[\200-\377]/ { odd("! not UTF-8") }
        /^(\302\240|\343\200\200)/ { odd("- blank at the beginning that only Python takes for one: Java, Rust may not read the file"); next }
        /^[ \t]+[#;]/ { odd("- indented comment: Java, Rust add it to the value above, or do not read the file") }
        /^[^ \t#;=:[][^=:]*:/ { odd("- colon for \"=\": Java, Rust do not read the file, C++ not the key") }
        /^\[.+]/ { if ($0 in seen && !/^\[DEFAULT]/) odd("! section twice"); seen[$0]; split("", had); section = 1; nested = 0; next }
        /^[^ \t#;]/ {
            if (!section) odd("! before the first section")
            else if (!/^[^=:]+[=:]/) odd("! neither section nor key")
            else if (key in had) odd("! key twice")
            had[key]; nested = /^[^=:]+[=:][ \t]*$/
        }
        /^[ \t]+[^#; \t]/ && nested && !/=/ { odd("! no \"=\" in a nested line") }
        END { for (what in where) print substr(what, 1, 2) "line" (times[what] > 1 ? "s " : " ") where[what] ": " substr(what, 3) }'
}

# Whether the AWS CLI reads the text $2 and finds our key in the section $3 there. Not so if there is no aws.
reads() {
    case $1 in config) set -- "$2" /dev/null "$3" ;; *) set -- /dev/null "$2" "$3" ;; esac
    found=$(AWS_CONFIG_FILE=$work/$1 AWS_SHARED_CREDENTIALS_FILE=$work/$2 AWS_CLI_AUTO_PROMPT=off \
        aws configure get firstday --profile "$3" </dev/null 2>/dev/null | tr -d '\r')
    [ "$found" = "$account" ]
}

# The file that AWS tools read where the variable $1 is $2.
find_file() {
    file=$2
    case $file in
        '') refuse "$1 is empty: AWS tools then read no file at all. To mend that: unset $1" ;;
        *\$* | [~][!/]*) refuse "$1 is $file, which only some tools expand. Write the path in full." ;;
        [~]*) file=${HOME:-$(cd && pwd)}${file#?} ;;
        /*) ;;
        *) file=$PWD/$file ;;
    esac
    [ "$(printf '%s' "$file" | LC_ALL=C tr -d '\001-\037\177')" = "$file" ] || refuse "$1 has control characters."
}

# Makes $1.new of the file $2, and asks the reader; or says why not.
prepare() {
    : >"$1.old"
    if [ -e "$2" ] || [ -L "$2" ]; then
        [ -f "$2" ] || [ ! -e "$2" ] || refuse "$2 is not a file."
        [ ! -e "$2" ] || cat "$2" >"$1.old" || refuse "$2 cannot be read."
        [ -w "$2" ] || [ ! -e "$2" ] || refuse "$2 is read-only. To allow it: chmod u+w '$2'"
    fi
    tr -d '\000' <"$1.old" | cmp -s - "$1.old" || refuse "$2 has NUL bytes: it may be UTF-16. Save it as UTF-8."
    { cat "$1.ours" && echo --- && cat "$1.old"; } >"$1.both" || refuse "$work cannot be written."
    merged "$1" "$(tail -c 1 "$1.old" | tr -d '\n')" <"$1.both" >"$1.new" 2>"$1.said" || refuse "in $2, $(cat "$1.said")"
    oddities <"$1.old" >"$1.odd" || refuse "$work cannot be written."

    why=$(sed -n 's/^! //p' "$1.odd")
    name=$(sed -n 's/^\[\(profile \)*\(.*\)]$/\2/p' "$1.ours" | tail -n 1)
    reads "$1" "$1.new" "$name" && return
    if reads "$1" "$1.ours" "$name"; then
        { cat "$1.old" && printf '[profile firstday.%s]\nfirstday = %s\n' $$ "$account"; } >"$1.probe"
        reads "$1" "$1.probe" "firstday.$$" && refuse "the AWS CLI could no longer read $2. $why"
        refuse "the AWS CLI cannot read $2 as it is. $why"
    fi
    [ -z "$why" ] || refuse "AWS tools cannot read $2 as it is. $why"
}

# What will change. The secrets in credentials are not shown.
show() {
    if cmp -s "$1.old" "$1.new"; then say "$2 has these already."; return; fi
    todo=yes
    say "In $2:"
    diff -u "$1.old" "$1.new" | sed 1,2d | if [ "$1" = config ]; then cat; else
        awk '!/^@|^.[ \t]*(\[|aws_access_key_id|firstday|\r?$)/ && !sub(/[=:].*/, "= ********") { $0 = "********" } { print }'
    fi | visible
    sed -n 's/^- /Note: /p' "$1.odd"
    foreign=$(sed -n 's/^? //p' "$1.said")
}

ask() {
    [ -z "$foreign" ] || say "The access key $foreign there is not from this portal, and will be gone."
    [ "$1" != --yes ] || [ -z "$foreign" ] || refuse "without --yes you will be asked."
    [ "$1" != --yes ] || return 0
    printf 'Write this? [y/N] '
    # The answer comes from the terminal: standard input may be this script.
    (: </dev/tty) 2>/dev/null || refuse "there is no terminal to ask at. With --yes, nothing is asked."
    answer=
    read -r answer </dev/tty || :
    case $answer in [yY] | [yY][eE][sS]) ;; *) refuse "you did not say yes." ;; esac
}

# Writes $1.new to the file $2: beside it first, then renamed, so that it is whole at any moment. In
# place where it is a link, has a second name, or cannot be renamed, as a mounted file.
write() {
    if cmp -s "$1.old" "$1.new"; then return; fi
    folder=$(dirname "$2")
    mkdir -p "$folder" || refuse "the folder $folder cannot be made."
    backup=
    if [ -e "$2" ]; then
        backup=$2.firstday-$(date +%Y%m%d-%H%M%S)-$$
        create "$backup" "$2"
    fi
    create "$2.$$" "$1.new"
    if [ -L "$2" ] || [ -n "$(find "$2" -prune -links +1 2>/dev/null)" ] || ! mv -f "$2.$$" "$2" 2>/dev/null; then
        rm -f "$2.$$"
        cat "$1.new" >"$2" || { [ -z "$backup" ] || cat "$backup" >"$2"; refuse "$2 cannot be written."; }
    fi
    unfinished=
    [ -z "$backup" ] || say "The file as it was: $backup"
    say "Done: $2"
    so_far="Only $2 was changed"
}

# A new file $1 with what is in $2.
create() {
    (set -C; : >"$1") || refuse "$1 cannot be made."
    unfinished=$1
    cat "$2" >"$1" || refuse "$1 cannot be written."
}

each() {
    "$1" config "$config"
    [ -z "$credentials" ] || "$1" credentials "$credentials"
}

main() {
    case ${1-} in '' | --yes) ;; *) refuse "the only option is --yes." ;; esac
    for program in awk cat cmp date diff dirname find mkdir mktemp mv printf rm sed tail tr; do
        command -v "$program" >/dev/null 2>&1 || refuse "the program $program is not here."
    done
    umask 077
    credentials='' foreign='' todo=''
    find_file AWS_CONFIG_FILE "${AWS_CONFIG_FILE-~/.aws/config}"
    config=$file
    if [ -n "$(access_key)" ]; then
        find_file AWS_SHARED_CREDENTIALS_FILE "${AWS_SHARED_CREDENTIALS_FILE-~/.aws/credentials}"
        credentials=$file
    fi
    work=$(mktemp -d) && cd "$work" || refuse "there is no room for temporary files."
    profiles >config.ours && access_key >credentials.ours || refuse "$work cannot be written."
    each prepare
    each show
    if [ -n "$todo" ]; then ask "${1-}"; each write; else say "Nothing to do."; fi
    [ -z "$credentials" ] || say "This script holds your access key: delete it."
}

set +euC
so_far='' work='' unfinished=''
trap 'cd /; rm -rf ${work:+"$work"} ${unfinished:+"$unfinished"}' EXIT
trap 'exit 1' HUP INT TERM
main "$@"
