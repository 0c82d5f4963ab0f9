#!/bin/sh
# Puts the AWS profiles of @@USER_NAME@@ into ~/.aws/config, or into the file that
# $AWS_CONFIG_FILE names. What it put there before is replaced; all else stays, byte for byte.
# It shows the difference and asks (with --yes it does not), keeps a copy of the file, needs
# no network, and ends with 0 when done or nothing is to do, with 1 when refused or declined.

# What goes into the file. Its first and last line are the marks by which it is found again.
profiles() {
    cat <<'@@DELIMITER@@'
@@PROFILES@@
@@DELIMITER@@
}
begin='# firstday:begin @@ACCOUNT@@ '
end='# firstday:end @@ACCOUNT@@ '

refuse() {
    printf 'Nothing was changed: %s\n' "$*" >&2
    exit 1
}

# The file with the profiles: in place of those between the marks, else at the end. Without the
# marks in order, it fails. "open" tells that the last line of the file has no line end.
merged() {
    { profiles; printf '%s' "$old"; } | awk -v count="$(profiles | wc -l)" -v begin="$begin" -v end="$end" -v open="$open" '
        function put(line) { print (started ? "\n" : "") line; started = 1; last = line }
        function place(i) { for (i = 1; i <= count; i++) put(block[i] cr); places++; after = 0 }
        BEGIN { ORS = ""; count += 0 }
        NR <= count { block[NR] = $0; next }
        NR == count + 1 && /\r$/ { cr = "\r" }
        index($0, begin) == 1 { if (inside) wrong = 1; inside = 1; place(); next }
        index($0, end) == 1 { if (!inside) wrong = 1; inside = 0; next }
        !inside { put($0); after = 1 }
        END {
            if (wrong || inside || places > 1) exit 1
            if (!places && open && last !~ /\r$/) print cr
            if (!places && started && last != cr) put(cr)
            if (!places) place()
            if (!open || !after) print "\n"
        }'
}

# The last section between the marks. Keys that "aws configure set" adds to it come after the end mark.
last_section() {
    awk -v begin="$begin" -v end="$end" '
        index($0, begin) == 1 { on = 1 }
        index($0, end) == 1 { on = 0 }
        on && /^\[/ { found = $0 }
        END { sub(/\r$/, "", found); print found }'
}

# Why AWS tools could not read the result, in words; nothing if they can. They read as Python does:
# a line with more indent than its key goes on the value, a section or a key may come only once.
trouble() {
    moved=1
    [ "$(printf '%s' "$old" | last_section)" != "$(printf '%s' "$new" | last_section)" ] || moved=0
    printf '%s' "$new" | awk -v begin="$begin" -v end="$end" -v moved="$moved" '
        function found(what) { print what; exit }
        { sub(/\r$/, "") }
        /\r/ { found("a line has a carriage return in it.") }
        index($0, begin) == 1 { ours = 1 }
        index($0, end) == 1 { ours = 0; loose = 1 }
        { text = $0; sub(/^[ \t]+/, "", text); indent = length($0) - length(text); sub(/[ \t]+$/, "", text) }
        text == "" || text ~ /^[#;]/ { next }
        key != "" && indent > level {
            if (loose) found("after the profiles of this portal, this line is indented: " text)
            if (nested && !index(text, "=")) found("within " key ", this line has no \"=\": " text)
            next
        }
        { level = indent }
        text ~ /^\[.+\]/ {
            section = substr(text, 2); sub(/][^]]*$/, "", section)
            plain = section; gsub(/["\047\\]/, "", plain); words = split(plain, word, /[ \t]+/)
            first = word[1] == "" ? 2 : 1; if (words && word[words] == "") words--
            name = words == first + 1 && word[first] ~ /^profile/ ? word[words] : ""
            if (name != "" && name in owner && owner[name] != ours + 0)
                found("there is a profile \"" name "\" of your own. Rename one of the two, or remove yours.")
            if (section in sections) found("the section [" section "] is there twice.")
            if (name != "") owner[name] = ours + 0
            sections[section]; key = ""; loose = 0; started = 1
            next
        }
        !started { found("this line is before the first section: " text) }
        loose && moved + 0 { found("after the profiles of this portal, this line would come to another one: " text) }
        {
            if (!match(text, /[=:]/) || RSTART == 1) found("this line is neither a section nor a key: " text)
            key = tolower(substr(text, 1, RSTART - 1)); sub(/[ \t]+$/, "", key); nested = RSTART == length(text)
            if ((section, key) in keys) found("the key " key " is in [" section "] twice.")
            keys[section, key]
        }'
}

main() {
    LC_ALL=C; export LC_ALL
    umask 077
    case ${1-} in '' | --yes) ;; *) refuse "the only option is --yes." ;; esac
    file=${AWS_CONFIG_FILE:-$HOME/.aws/config}
    case $file in [~]/*) file=$HOME${file#?} ;; /*) ;; *) file=./$file ;; esac

    # A link stays a link: what it leads to is written.
    target=$file
    links=0
    while [ -L "$target" ]; do
        links=$((links + 1))
        [ "$links" -le 40 ] || refuse "$file is a link that leads in a circle."
        link=$(readlink "$target") || refuse "the link $target cannot be read."
        case $link in /*) target=$link ;; *) target=$(dirname "$target")/$link ;; esac
    done

    old=
    if [ -e "$target" ]; then
        [ -f "$target" ] || refuse "$file is not a file."
        [ -r "$target" ] || refuse "$file cannot be read by you."
        [ -w "$target" ] || refuse "$file is read-only. To allow it: chmod u+w '$file'"
        if ! tr -d '\001-\010\013\014\016-\037\177' <"$target" | tr -d '\000' | cmp -s - "$target"; then
            refuse "$file has NUL or other control characters: it may be UTF-16. Save it as UTF-8 without BOM."
        fi
        old=$(cat "$target" && echo .) || refuse "$file cannot be read."
        old=${old%.}
    fi
    case $old in "$(printf '\357\273\277')"*)
        refuse "$file begins with a byte order mark, which AWS tools cannot read. Save it as UTF-8 without BOM." ;;
    esac
    open=0
    [ -z "$old" ] || [ -z "$(printf '%s' "$old" | tail -c 1)" ] || open=1

    new=$(merged && echo .) || refuse "in $file, a line \"$begin...\" or \"$end...\" is missing or is there twice. Remove those that are left."
    new=${new%.}
    why=$(trouble)
    [ -z "$why" ] || refuse "in $file, $why"
    if [ "$new" = "$old" ]; then
        echo "$file has these profiles already. Nothing to do."
        return 0
    fi

    if [ -e "$target" ]; then printf '%s' "$new" | diff -u "$target" - ; else profiles; fi
    if [ "${1-}" != --yes ]; then
        printf 'Write this to %s? [y/N] ' "$file"
        # The answer comes from the terminal: standard input may be this script.
        (: </dev/tty) 2>/dev/null || refuse "there is no terminal to ask at. With --yes, nothing is asked."
        answer=
        read -r answer </dev/tty || :
        case $answer in [yY] | [yY][eE][sS]) ;; *) refuse "you did not say yes." ;; esac
    fi

    mkdir -p "$(dirname "$target")" || refuse "the folder of $file cannot be made."
    set -C # no file is ever written over
    if [ -e "$target" ]; then
        backup=$file.firstday-$(date +%Y%m%d-%H%M%S)
        [ ! -e "$backup" ] || backup=$backup-$$
        printf '%s' "$old" >"$backup" || refuse "the copy $backup cannot be made."
        echo "The file as it was: $backup"
    fi
    # Written beside the file and then renamed, so that it is whole at any moment.
    printf '%s' "$new" >"$target.$$" || refuse "$target.$$ cannot be written."
    mv -f "$target.$$" "$target" || { rm -f "$target.$$"; refuse "$target cannot be replaced."; }
    echo "Done: $file"
}

main "$@"
