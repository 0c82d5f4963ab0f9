# Puts the AWS profiles of @@USER_NAME@@ into %UserProfile%\.aws\config, or into the file that
# $env:AWS_CONFIG_FILE names. What it put there before is replaced; all else stays, byte for byte.
# It shows the difference and asks (with -Yes it does not), keeps a copy of the file, needs no
# network, and ends with 0 when done or nothing is to do, with 1 when refused or declined.
@@BEGINNING@@

# What goes into the file. Its first and last line are the marks by which it is found again.
$profiles = @'
@@PROFILES@@
'@
$begin = '# firstday:begin @@ACCOUNT@@ '
$end = '# firstday:end @@ACCOUNT@@ '

# The file with the profiles: in place of those between the marks, else at the end.
function Get-Merged([string]$old) {
    $eol = "`n"
    if ([regex]::IsMatch($old, '\A[^\n]*\r\n')) { $eol = "`r`n" }
    $block = [regex]::Replace($profiles, '\r?\n', $eol) + $eol
    $begins = [regex]::Matches($old, '(?m)^' + $begin + '.*\n?')
    $ends = [regex]::Matches($old, '(?m)^' + $end + '.*\n?')
    if ($begins.Count -eq 1 -and $ends.Count -eq 1 -and $begins[0].Index -lt $ends[0].Index) {
        return $old.Substring(0, $begins[0].Index) + $block + $old.Substring($ends[0].Index + $ends[0].Length)
    }
    if ($begins.Count -gt 0 -or $ends.Count -gt 0) {
        throw "a line `"$begin...`" or `"$end...`" is missing or is there twice. Remove those that are left."
    }
    if ([regex]::IsMatch($old, '\r\z')) { $old = $old + "`n" }
    if ([regex]::IsMatch($old, '[^\n]\z')) { $old = $old + $eol }
    if ([regex]::IsMatch($old, '[^\r\n]\r?\n\z')) { $old = $old + $eol }
    return $old + $block
}

# The last section between the marks. Keys that "aws configure set" adds to it come after the end mark.
function Get-LastSection([string]$text) {
    $between = [regex]::Match($text, '(?ms)^' + $begin + '.*?^' + $end).Value
    $last = ''
    foreach ($found in [regex]::Matches($between, '(?m)^\[[^\r\n]*')) { $last = $found.Value }
    return $last
}

# Why AWS tools could not read the result, in words; nothing if they can. They read as Python does:
# a line with more indent than its key goes on the value, a section or a key may come only once.
function Get-Trouble([string]$new, [bool]$moved) {
    $owner = New-Object 'System.Collections.Generic.Dictionary[string,bool]'
    $sections = New-Object 'System.Collections.Generic.HashSet[string]'
    $keys = New-Object 'System.Collections.Generic.HashSet[string]'
    $ours = $false; $loose = $false; $nested = $false; $section = ''; $key = ''; $level = 0
    foreach ($full in [regex]::Split($new, '\r?\n')) {
        if ([regex]::IsMatch($full, '\r(?!\z)')) { return 'a line has a carriage return in it.' }
        if ([regex]::IsMatch($full, '\A' + $begin)) { $ours = $true }
        if ([regex]::IsMatch($full, '\A' + $end)) { $ours = $false; $loose = $true }
        $line = [regex]::Replace($full, '[ \t\r]+\z', '')
        $text = [regex]::Replace($line, '\A[ \t]+', '')
        $indent = $line.Length - $text.Length
        if ([regex]::IsMatch($text, '\A([#;]|\z)')) { continue }
        if ($key -ne '' -and $indent -gt $level) {
            if ($loose) { return "after the profiles of this portal, this line is indented: $text" }
            if ($nested -and -not [regex]::IsMatch($text, '=')) { return "within ${key}, this line has no `"=`": $text" }
            continue
        }
        $level = $indent
        if ([regex]::IsMatch($text, '\A\[.+\]')) {
            $section = [regex]::Replace($text, '\A\[|\][^\]]*\z', '')
            $plain = [regex]::Replace($section, '["''\\]', '')
            $name = [regex]::Match($plain, '\A[ \t]*profile[^ \t]*[ \t]+([^ \t]+)[ \t]*\z').Groups[1].Value
            if ($name -ne '' -and $owner.ContainsKey($name) -and $owner[$name] -ne $ours) {
                return "there is a profile `"$name`" of your own. Rename one of the two, or remove yours."
            }
            if (-not $sections.Add($section)) { return "the section [$section] is there twice." }
            if ($name -ne '') { $owner[$name] = $ours }
            $key = ''; $loose = $false
            continue
        }
        if ($section -eq '') { return "this line is before the first section: $text" }
        if ($loose -and $moved) { return "after the profiles of this portal, this line would come to another one: $text" }
        if (-not [regex]::IsMatch($text, '\A[^=:]+[=:]')) { return "this line is neither a section nor a key: $text" }
        $key = [regex]::Match($text, '\A[^=:]*[^=: \t]').Value.ToLowerInvariant()
        $nested = [regex]::IsMatch($text, '\A[^=:]+[=:]\z')
        if (-not $keys.Add("[$section] $key")) { return "the key $key is in [$section] twice." }
    }
}

function Write-Profiles {
    $file = $env:AWS_CONFIG_FILE
    if (-not $file -and $env:USERPROFILE) { $file = Join-Path $env:USERPROFILE '.aws\config' }
    if (-not $file) { throw 'this is for Windows. On macOS and Linux, use merge-config.sh.' }
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($file)

    # A link stays a link: what it leads to is written.
    $target = $file
    for ($links = 0; $true; $links++) {
        $item = Get-Item -LiteralPath $target -Force -ErrorAction SilentlyContinue
        if (-not $item -or $item.LinkType -ne 'SymbolicLink') { break }
        if ($links -ge 40) { throw "$file is a link that leads in a circle." }
        $target = [IO.Path]::Combine([IO.Path]::GetDirectoryName($target), @($item.Target)[0])
    }
    if ([IO.Directory]::Exists($target)) { throw "$file is a folder, not a file." }
    $exists = [IO.File]::Exists($target)

    # Latin-1 has one character for each byte: so every byte comes back as it was.
    $latin1 = [Text.Encoding]::GetEncoding(28591)
    $old = ''
    if ($exists) {
        if ((New-Object IO.FileInfo $target).IsReadOnly) { throw "$file is read-only. To allow it: attrib -R `"$file`"" }
        $old = $latin1.GetString([IO.File]::ReadAllBytes($target))
    }
    if ([regex]::IsMatch($old, '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')) {
        throw "$file has NUL or other control characters: it may be UTF-16. Save it as UTF-8 without BOM."
    }
    if ([regex]::IsMatch($old, '\A\xef\xbb\xbf')) {
        throw "$file begins with a byte order mark, which AWS tools cannot read. Save it as UTF-8 without BOM."
    }
    try { $new = Get-Merged $old } catch { throw "in $file, $($_.Exception.Message)" }
    $why = Get-Trouble $new ((Get-LastSection $old) -cne (Get-LastSection $new))
    if ($why) { throw "in $file, $why" }
    if ($new -ceq $old) { Write-Host "$file has these profiles already. Nothing to do."; return }

    $before, $after = [regex]::Split($old, '\r?\n'), [regex]::Split($new, '\r?\n')
    foreach ($change in Compare-Object $before $after -CaseSensitive) {
        Write-Host $(if ($change.SideIndicator -eq '=>') { '+' } else { '-' }) $change.InputObject
    }
    if (-not $Yes -and (Read-Host "Write this to ${file}? [y/N]") -notmatch '^(y|yes)$') { throw 'you did not say yes.' }

    [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($target))
    if ($exists) {
        $backup = $file + '.firstday-' + (Get-Date -Format 'yyyyMMdd-HHmmss')
        if ([IO.File]::Exists($backup)) { $backup = "$backup-$PID" }
        [IO.File]::Copy($target, $backup, $false)
        Write-Host "The file as it was: $backup"
    }
    # Written beside the file and then renamed, so that it is whole at any moment.
    $bytes = $latin1.GetBytes($new)
    $stream = New-Object IO.FileStream("$target.$PID", [IO.FileMode]::CreateNew)
    try { $stream.Write($bytes, 0, $bytes.Length) } finally { $stream.Dispose() }
    if ($exists) { [IO.File]::Replace("$target.$PID", $target, [NullString]::Value) }
    else { [IO.File]::Move("$target.$PID", $target) }
    Write-Host "Done: $file"
}

function Merge-Config {
    $ErrorActionPreference = 'Stop'
    try { Write-Profiles; return 0 }
    catch { Write-Host "Nothing was changed: $($_.Exception.Message)"; return 1 }
}

@@ENDING@@
