#!/bin/sh
# Puts the AWS profiles of @@USER_NAME@@, @@ORGANISATION@@, into ~/.aws/config, and the access key that
# stands below, if there is one, into ~/.aws/credentials (or where $AWS_CONFIG_FILE and
# $AWS_SHARED_CREDENTIALS_FILE point). What it put there before is replaced, all else stays. It shows
# the difference and asks (with --yes it does not), keeps a copy, and sends nothing. It ends with 0
# when done or nothing is to do, with 1 when refused or declined.

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

# Reads our text, a line "---" and a file, and prints what the file shall be. A section is ours if its
# key "firstday" is our account, or if it is between the two comments of former days. There, the keys
# that the portal writes are replaced; those that others have added stay. It fails with a reason.
# It also tells the lines that the AWS CLI and Python ("!"), or only other tools ("-"), stumble over.
merged() {
    LC_ALL=C awk -v kind="$1" -v account="$account" -v keys="$keys" '
        function named(header,  word) { # the name of its profile, as the AWS CLI finds it
            gsub(/^[ \t]*\[|][^]]*$/, "", header)
            if (kind == "credentials") return header
            if (gsub(/["\047]/, "", header) % 2) return ""
            gsub(/\\/, "", header)
            return header ~ /^profile/ && split(header, word) == 2 ? word[2] : ""
        }
        function odd(what) { if (++times[what] <= 5) where[what] = where[what] (times[what] > 1 ? ", " : " ") n }
        function put(text) { print text; last = text }
        BEGIN { split(keys, list, " "); for (i in list) known[list[i]] }
        !old && $0 == "---" { old = 1; next }
        !old && /^\[/ { name = named($0); order[++count] = name; ours[name] = $0; next }
        !old { if ($0 != "") ours[name] = ours[name] "\n" $0; has[name, $1]; next }

        { line[++n] = $0; section[n] = s }
        sub(/\r$/, "") && n == 1 { cr = "\r"; for (i in ours) gsub(/\n|$/, "\r&", ours[i]) }
        /\r/ { wrong = "line " n " has a carriage return within it." }
        n == 1 && /^\357\273\277/ { odd("!byte order mark; save the file as UTF-8 without it") }
        { rest = $0; gsub(/[\302-\364][\200-\277]+/, "", rest); if (rest ~ /[\200-\377]/) odd("!not UTF-8; save the file as that") }
        $0 ~ "^# firstday:(begin|end) " account " " { between = /:begin/; drop[n]; next }
        /^[ \t]+[#;]/ { odd("-indented comment; Java, Rust add it to the value above, or do not read the file") }
        /^[ \t]*[#;]/ { comment[n]; next }
        /^[ \t]*$/ { next }
        # Under a key, what is indented goes on its value. To Python, other blanks indent, too.
        /^[ \t]*\[.+]/ && (key == "" || /^\[/) {
            section[n] = ++s; key = ""; title[s] = named($0); former[s] = between; all = /^[ \t]*\[DEFAULT]/
            if ($0 in seen && !all) odd("!section twice")
            seen[$0]; head[n]; next
        }
        /^(\302\240|\343\200\200)/ { odd("-blank that only Python takes for one; Java, Rust may not read the file") }
        /^([ \t]|\302\240|\343\200\200)/ { of[n] = key; if (nested && !/=/) odd("!no \"=\" in a nested line"); next }
        !s { odd("!before the first section"); next }
        !match($0, /[=:]/) || RSTART == 1 { odd("!neither section nor key"); next }
        {
            if (substr($0, RSTART, 1) == ":") odd("-colon for \"=\"; Java, Rust do not read the file, C++ not the key")
            key = tolower(substr($0, 1, RSTART - 1)); value = substr($0, RSTART + 1)
            sub(/[ \t]+$/, "", key); gsub(/^[ \t]+|[ \t]+$/, "", value); nested = value == ""; of[n] = key
            if ((s, key) in values) odd("!key twice")
            values[s, key] = value; if (!(key in known)) added[s]
            if (all) for (i in ours) if (!((i, key) in has))
                wrong = "[DEFAULT] has " key ", which Python would find in these profiles, too. Move it to others."
        }
        END {
            for (i = 1; i <= s; i++) {
                name = title[i]
                mine = values[i, "firstday"] == account || former[i] && (name in ours || (i, "aws_account_id") in values)
                if (!(name in ours)) { if (mine && name != "" && !(i in added)) gone[i] }
                else if ((mine || kind == "credentials") && !(name in taken)) { taken[name]; fresh[i] }
                else foreign = foreign (foreign ? ", " : "") name
            }
            if (foreign) wrong = "there are profiles of your own: " foreign ". Rename or remove them."
            if (wrong) print wrong | "cat 1>&2"
            for (i in where) if (!wrong)
                print substr(i, 1, 1) " line" (times[i] > 1 ? "s" : "") where[i] ": " substr(i, 2) | "cat 1>&2"
            close("cat 1>&2")
            if (wrong) exit 1
            for (i = 1; i <= n; i++) {
                s = section[i]
                if (i in drop || s in gone && !(i in comment) || s in fresh && of[i] in known) continue
                put(s in fresh && i in head ? ours[title[s]] : line[i])
            }
            for (i = 1; i <= count; i++) if (!(order[i] in taken)) {
                if (last != "" && last != cr) put(cr)
                put(ours[order[i]])
            }
        }'
}

# Whether the AWS CLI reads the text $2, and finds our key in its section $3; not, if there is no aws.
reads() {
    case $1 in config) set -- "$2" /dev/null "$3" ;; *) set -- /dev/null "$2" "$3" ;; esac
    [ "$(AWS_CONFIG_FILE=$1 AWS_SHARED_CREDENTIALS_FILE=$2 AWS_CLI_AUTO_PROMPT=off \
        aws configure get firstday --profile "$3" </dev/null 2>/dev/null | tr -d '\r')" = "$account" ]
}

# The file that AWS tools read if the variable $1 is $2.
find_file() {
    case $2 in
        '') refuse "$1 is empty: AWS tools then read no file. To undo that: unset $1" ;;
        *\$* | [~][!/]*) refuse "$1 is $2, which not all tools expand. Write the path in full." ;;
        [~]*) file=${HOME-}${2#?}; [ -n "${HOME-}" ] || refuse "HOME is not set." ;;
        /*) file=$2 ;;
        *) file=$here/$2 ;;
    esac
}

# Makes the text $1.new for the file $2. Its reader decides whether it will do.
prepare() {
    : >"$1.old"
    if [ -e "$2" ]; then
        [ -f "$2" ] && cat "$2" >"$1.old" || refuse "$2 cannot be read as a file."
        [ -w "$2" ] || refuse "$2 is read-only. To allow it: chmod u+w '$2'"
    fi
    tr -d '\000' <"$1.old" | cmp -s - "$1.old" || refuse "$2 has NUL bytes: it may be UTF-16. Save it as UTF-8."
    # The last line has no end?
    [ -z "$(tail -c 1 "$1.old")" ] || printf '%s\n' "$(sed 1q "$1.old" | tr -cd '\r')" >>"$1.old"
    { cat "$1.ours" && echo --- && cat "$1.old"; } >"$1.both" || refuse "$work cannot be written."
    merged "$1" <"$1.both" >"$1.new" 2>"$1.odd" || refuse "in $2, $(cat "$1.odd")"

    why=$(sed -n 's/^! //p' "$1.odd")
    name=$(sed -n 's/^\[\(profile \)*\(.*\)]$/\2/p' "$1.ours" | tail -n 1)
    if reads "$1" "$work/$1.new" "$name"; then return; fi
    if reads "$1" "$work/$1.ours" "$name"; then
        { cat "$1.old" && printf '[profile firstday.%s]\nfirstday = %s\n' $$ "$account"; } >"$1.both"
        if reads "$1" "$work/$1.both" firstday.$$; then refuse "the AWS CLI could not read $2 any more."; fi
        refuse "the AWS CLI cannot read $2 as it is${why:+: }$why"
    fi
    [ -z "$why" ] || refuse "AWS tools cannot read $2 as it is${why:+: }$why"
}

# The difference, without secrets: config may have some, too.
show() {
    if cmp -s "$1.old" "$1.new"; then say "$2 has these already."; return; fi
    todo=yes
    say "In $2:"
    sed -n 's/^- /Note: /p' "$1.odd"
    diff -u "$1.old" "$1.new" | LC_ALL=C awk -v kind="$1" 'NR < 3 { next }
        kind == "credentials" && !/^@|^.[ \t]*(\[|aws_access_key_id|firstday|\r?$)/ && !sub(/[=:].*/, "= ****") { $0 = "****" }
        tolower($0) ~ /^.[ \t]*aws_(secret_access_key|session_token)[ \t]*[=:]/ { sub(/[=:].*/, "= ****") }
        /^-[ \t]*aws_access_key_id/ { keys = keys " " $NF }
        { print }
        END { if (keys) print "These access keys go:" keys }' | visible
}

# Writes $1.new to the file $2: beside it first, then renamed, so that it is whole at any moment. In
# place where it is a link, has a second name, or cannot be renamed, as a mounted file.
write() {
    if cmp -s "$1.old" "$1.new"; then return; fi
    mkdir -p "${2%/*}/" || refuse "the folder of $2 cannot be made."
    backup=$2.firstday-$(date +%Y%m%d-%H%M%S)-$$
    [ ! -e "$2" ] || create "$backup" "$2"
    create "$2.$$" "$1.new"
    names=$(ls -ld "$2" 2>/dev/null | awk 'NR == 1 { print $2 }')
    if [ -L "$2" ] || [ "${names:-1}" != 1 ] || ! mv -f "$2.$$" "$2" 2>/dev/null; then
        rm -f "$2.$$"
        if ! cat "$1.new" >"$2"; then
            [ -e "$backup" ] || backup=/dev/null
            cat "$backup" >"$2" || [ ! -s "$backup" ] || made_before='' so_far="$2 is broken, its copy is $backup"
            refuse "$2 cannot be written."
        fi
    fi
    made='' made_before=''
    [ ! -e "$backup" ] || say "The file as it was: $backup"
    say "Done: $2"
    so_far="Only $2 was changed"
}

create() { # the file $1 with what is in $2; both that are made are removed if it comes to nothing
    (set -C; : >"$1") || refuse "$1 cannot be made."
    made_before=$made made=$1
    cat "$2" >"$1" || refuse "$1 cannot be written."
}

each() {
    "$1" config "$config"
    [ -z "$credentials" ] || "$1" credentials "$credentials"
}

main() {
    for program in printf awk cat cmp date diff ls mkdir mktemp mv rm sed tail tr; do
        command -v "$program" >/dev/null 2>&1 || { echo "Nothing was changed: there is no program $program." >&2; exit 1; }
    done
    case ${1-} in '' | --yes) ;; *) refuse "the only option is --yes." ;; esac
    umask 077
    find_file AWS_CONFIG_FILE "${AWS_CONFIG_FILE-$tilde/.aws/config}"
    config=$file
    work=$(mktemp -d) || refuse "no temporary file can be written."
    case $work in /*) ;; *) work=$here/$work ;; esac
    cd "$work" && profiles >config.ours && access_key >credentials.ours || refuse "$work cannot be written."
    credentials=''
    if [ -n "$(sed 1q credentials.ours)" ]; then
        find_file AWS_SHARED_CREDENTIALS_FILE "${AWS_SHARED_CREDENTIALS_FILE-$tilde/.aws/credentials}"
        credentials=$file
    fi
    each prepare
    each show
    if [ -z "$todo" ]; then
        say "Nothing to do."
    else
        if [ -z "${1-}" ]; then
            printf 'Write this? [y/N] '
            # The answer comes from the terminal: standard input may be this script.
            (: </dev/tty) 2>/dev/null || refuse "there is no terminal to ask at. With --yes, nothing is asked."
            read -r answer </dev/tty || answer=
            case $answer in [yY] | [yY][eE][sS]) ;; *) refuse "you did not say yes." ;; esac
        fi
        each write
    fi
    [ -z "$credentials" ] || say "This script holds your access key: delete it."
}

set +euC
here=$PWD tilde='~' so_far='' work='' made='' made_before='' todo=''
trap '[ -z "$work" ] || { cd / && rm -rf "$work" "$made" "$made_before"; }' EXIT
trap 'exit 1' HUP INT QUIT TERM
main "$@"
