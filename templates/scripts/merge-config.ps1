# Puts the AWS profiles of @@USER_NAME@@, @@ORGANISATION@@, into %UserProfile%\.aws\config, and a new access key, if
# one is below, into %UserProfile%\.aws\credentials; or into the files that the variables AWS_CONFIG_FILE and
# AWS_SHARED_CREDENTIALS_FILE name. What it put there before is replaced, all else stays. It shows the difference and
# asks (with -Yes it does not), keeps copies, and sends nothing. It ends with 0 when done or nothing is to do, else with 1.
@@BEGINNING@@
$profiles = @'
@@PROFILES@@
'@
$credentials = @'
@@CREDENTIALS@@
'@
$keys = '@@KEYS@@' -split ' '
$account = '@@ACCOUNT@@'
$done = New-Object Collections.ArrayList

# Latin-1 has one character for each byte: so every byte comes back as it was. To be shown, it is read as UTF-8.
$latin1 = [Text.Encoding]::GetEncoding(28591)
$utf8 = New-Object Text.UTF8Encoding $false, $true
function Get-Utf8([string]$bytes) { try { $utf8.GetString($latin1.GetBytes($bytes)) } catch { } }

# A text as Python reads it, and with it the AWS CLI: its sections, the lines that it cannot read, and those that only
# others cannot read. A section is ours if it has the key "firstday" with our account, or is between the comments that
# were there formerly. Its rest is what this portal does not write.
function Read-Text([string]$text) {
    $read = @{ Sections = New-Object Collections.ArrayList; Wrong = @(); Notes = @{} }
    $seen = New-Object 'Collections.Generic.HashSet[string]'
    $section = $null; $key = $head = ''; $level = $number = 0; $isMarked = $isAdded = $isNested = $false
    foreach ($bytes in [regex]::Split($text, '(?<=\n)')) {
        $number++; $wrong = $note = ''; $line = $bytes
        if ($bytes -match '\x00') { throw "line $number has NUL bytes: it may be UTF-16. Save the file as UTF-8 without BOM." }
        if ($bytes -match '\r(?!\n)') { throw "line $number has a carriage return within it." }
        if ($bytes -match '[\x80-\xff]' -and $null -eq ($line = Get-Utf8 $bytes)) { $wrong = 'not UTF-8'; $line = $bytes }
        $bare = $line.Trim(); $indent = $line.Length - $line.TrimStart().Length; $isComment = $bare -match '^([#;]|$)'
        $isBelow = $key -and $indent -gt $level -and -not $isComment # then it goes on the value of the key
        $isHeader = -not $isBelow -and $bare -match '^\[(.+)\]'
        if ($isHeader -or -not $section) {
            if ($isHeader) { $head = $Matches[1]; $level = $indent; $key = ''; $isAdded = $false }
            if ($isHeader -and -not $seen.Add($head) -and $head -cne 'DEFAULT') { $wrong = 'section twice' }
            $isPlain = $head -match '^([^"''\\]|\\[^"''\\]|"[^"''\\]*"|''[^"''\\]*'')*$' # [profile "dev"] is read as [profile dev]
            $name = $(if ($isPlain) { $head -replace '["''\\]' } else { $head }) -replace '\s+', ' ' -creplace '^profile\S* ', 'profile '
            $section = @{ Name = $name.TrimEnd(); IsMarked = $isMarked; HasAdded = $false; Values = @{} }
            $section.Text, $section.Rest = (New-Object Text.StringBuilder), (New-Object Text.StringBuilder)
            [void]$read.Sections.Add($section)
        }
        if ($bytes -match "^# firstday:(begin|end) $account ") { $isMarked = $Matches[1] -eq 'begin'; continue }
        if ($line -match '^\ufeff') { $wrong = 'byte order mark' }
        elseif ($isComment -and $indent -and $bare) { $note = 'indented comment: Java, Rust add it to the value above, or stop' }
        elseif ($isBelow) {
            $section.Values[$key] += " $bare"
            if ($isNested -and $bare -notmatch '=') { $wrong = 'no "=" in a nested line' }
        } elseif ($isComment -or $isHeader) { }
        elseif (-not $head) { $wrong = 'before the first section' }
        elseif ($bare -notmatch '^([^=:]*[^=:\s])\s*([=:])\s*(.*)') { $wrong = 'neither section nor key' }
        else {
            $key = $Matches[1].ToLowerInvariant(); $level = $indent; $isNested = $Matches[3] -eq ''
            if ($Matches[2] -eq ':') { $note = 'colon for "=": Java, Rust do not read the file, and C++ not the key' }
            if ($section.Values.ContainsKey($key)) { $wrong = 'key twice' }
            $section.Values[$key] = $Matches[3]
            if ($isAdded = $keys -cnotcontains $key) { $section.HasAdded = $true }
        }
        if ($line -match '^[^\S \t\r\n\f\v]') { $note = 'begins with a blank that only Python takes for one; not read by Java, Rust' }
        if ($wrong) { $read.Wrong += "line ${number}: $wrong" }
        if ($note) { $read.Notes[$note] += @($number) }
        [void]$section.Text.Append($bytes)
        if ($isComment -or $isAdded) { [void]$section.Rest.Append($bytes) }
    }
    return $read
}

# The new text: our sections in their old places, new ones at the end. Keys that others have added stay, behind ours.
function Get-Merged($plan) {
    $eol = if ($plan.Old -match '\A.*\r\n') { "`r`n" } else { "`n" }
    $left = New-Object Collections.Specialized.OrderedDictionary; $foreign = @()
    foreach ($our in $plan.Ours) { $left[$our.Name] = ("$($our.Text)".Trim() -replace '\r?\n', $eol) + $eol }
    $parts = foreach ($section in $plan.Read.Sections) {
        $name = $section.Name; $values = $section.Values; $rest = "$($section.Rest)"; $isNamed = @($plan.Ours.Name) -ccontains $name
        $isOurs = ($values.firstday -ceq $account -and ($plan.IsKey -or $name -match '^profile ')) -or
            ($section.IsMarked -and ($isNamed -or $values.aws_account_id)) -or ($isNamed -and $plan.IsKey)
        foreach ($key in $(if ($name -ceq 'DEFAULT') { $values.get_Keys() })) {
            if (@($plan.Ours | Where-Object { $_.Values.ContainsKey($key) }).Count -lt $plan.Ours.Count) {
                throw "[DEFAULT] has $key, and Python gives that to every profile. Move it to those that need it."
            }
        }
        if ($isOurs -and $left.Contains($name)) {
            $left[$name] + ($rest -replace "(?m)^$([regex]::Match($rest, '(?m)^([ \t]*)[^\s#;]').Groups[1].Value)")
            $left.Remove($name)
        } elseif ($isNamed) { $foreign += $name -replace '^profile ' }
        elseif ($isOurs -and -not $section.HasAdded) { $rest -replace '\A(\r?\n)+' }
        else { "$($section.Text)" }
    }
    if ($foreign) { throw "there are profiles of your own: $($foreign -join ', '). Rename or remove them, then run this again." }
    $new = $parts -join ''
    foreach ($part in $left.Values) { $new = ($new -replace '(?<=[^\n])\z', $eol -replace '(?<=[^\r\n]\r?\n)\z', $eol) + $part }
    return $new
}

# What the AWS CLI says, unless it reads this text and finds that profile of ours in it.
function Test-Aws($plan, [string]$text, [string]$name) {
    $ErrorActionPreference = 'Continue'; $PSNativeCommandUseErrorActionPreference = $false
    $copy = [IO.Path]::GetTempFileName(); $before = @{}
    $set = @{ AWS_CONFIG_FILE = "$copy-"; AWS_SHARED_CREDENTIALS_FILE = "$copy-"; AWS_CLI_AUTO_PROMPT = 'off' }
    $set[$plan.Variable] = $copy
    try {
        [IO.File]::WriteAllBytes($copy, $latin1.GetBytes($text))
        foreach ($key in $set.Keys) { $before[$key] = [Environment]::GetEnvironmentVariable($key); Set-Item "env:$key" $set[$key] }
        $said = @(& $aws configure get firstday --profile ($name -replace '^profile ') 2>&1)
        if ("$($said | Where-Object { $_ -is [string] })".Trim() -cne $account) { return "$said ".Replace($copy, $plan.File) }
    } finally {
        foreach ($key in $before.Keys) { Set-Item "env:$key" $before[$key] }
        [IO.File]::Delete($copy)
    }
}

# One of the two files: where it is, as AWS tools read its variable; what is in it, and what is to be in it.
function Get-Plan([string]$variable, [string]$name, [string]$text) {
    $file = [Environment]::GetEnvironmentVariable($variable)
    if (-not $file) { $file = "~\.aws\$name" }
    if ($file -match "'|%%|\$\$|^~[^/\\]") { throw "$variable is $file. Write the path in full." }
    $file = [regex]::Replace($file, '%[^%]+%|\$\{[^}]+\}|\$[-\w]+', {
        $value = [Environment]::GetEnvironmentVariable(($args[0].Value -replace '[%${}]'))
        if ($value) { $value } else { throw "$variable is $file, and $($args[0]) is not set." } })
    if ($file -match '^~') { $file = $env:USERPROFILE + $file.Substring(1) }
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($file)
    if ([IO.Directory]::Exists($file)) { throw "$file is not a file." }
    $item = Get-Item -LiteralPath $file -Force -ErrorAction SilentlyContinue
    if ($item -and $item.IsReadOnly) { throw "$file is read-only. To allow it: attrib -R `"$file`"" }
    $plan = @{ Variable = $variable; File = $file; Item = $item; Old = ''; IsKey = $name -eq 'credentials' }
    if ($item) { $plan.Old = $latin1.GetString([IO.File]::ReadAllBytes($file)) }
    $plan.Ours = @((Read-Text $text).Sections)
    try { $plan.Read = Read-Text $plan.Old; $plan.New = Get-Merged $plan }
    catch { throw "in $file, $($_.Exception.Message)" }
    $why = $plan.Read.Wrong -join '; '; $last = $plan.Ours[-1].Name
    if ($aws -and -not (Test-Aws $plan $plan.New $last)) { return $plan }
    if ($aws -and -not ($said = Test-Aws $plan $text $last)) {
        $probe = $last -replace '\S+\z', "firstday.$PID"
        $said = Test-Aws $plan "$($plan.Old)`n[$probe]`nfirstday = $account`n" $probe
        throw "the AWS CLI $(if ($said) { "cannot read $file as it is" } else { "could no longer read $file" }). $(if ($why) { $why } else { $said })"
    }
    if ($why) { throw "AWS tools cannot read $file as it is. $why" }
    return $plan
}

# What will change, without secrets; and what other tools will not read.
function Show-Plan($plan) {
    foreach ($note in $plan.Read.Notes.Keys) {
        $lines = $plan.Read.Notes[$note]
        Write-Host "Note: $($plan.File), line$(if ($lines.Count -gt 1) { 's' }) $($lines -join ', '): $note."
    }
    if ($plan.New -ceq $plan.Old) { Write-Host "$($plan.File) has these already."; return }
    Write-Host "In $($plan.File):"
    $before, $after, $gone = [regex]::Split($plan.Old, '\r?\n'), [regex]::Split($plan.New, '\r?\n'), @()
    foreach ($change in Compare-Object $before $after -CaseSensitive) {
        $line = Get-Utf8 $change.InputObject
        if ($null -eq $line) { $line = $change.InputObject }
        $line = $line -replace '[\p{Cc}\p{Cf}]', '?'
        if ($plan.IsKey) { $line = $line -replace '^(?!\s*(\[|aws_access_key_id|firstday|$))([^=:]*[=:])?.*', '$2 ********' }
        if ($line.Length -gt 150) { $line = $line.Substring(0, 150) + '...' }
        if ("$($change.SideIndicator)$line" -match '^<=\s*aws_access_key_id\s*[=:]\s*(\S+)') { $gone += $Matches[1] }
        Write-Host $(if ($change.SideIndicator -eq '=>') { '+' } else { '-' }) $line
    }
    if ($gone) { Write-Host "These access keys go: $gone" }
}

function New-File([string]$file, [string]$text) {
    $stream = New-Object IO.FileStream($file, [IO.FileMode]::CreateNew); $bytes = $latin1.GetBytes($text)
    try { try { $stream.Write($bytes, 0, $bytes.Length) } finally { $stream.Dispose() } } catch { [IO.File]::Delete($file); throw }
}

# Written beside the file and then put in its place, so that it is whole at any moment; the file becomes the copy.
# A link, or a file with two names, is written in place.
function Write-Plan($plan) {
    $file = $plan.File; $copy = "$file.firstday-$(Get-Date -Format 'yyyyMMdd-HHmmss')-$PID"
    [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
    New-File "$file.$PID" $plan.New
    try {
        if (-not $plan.Item) { [IO.File]::Move("$file.$PID", $file) }
        elseif (-not $plan.Item.LinkType) { [IO.File]::Replace("$file.$PID", $file, $copy) }
        else {
            New-File $copy $plan.Old
            try { [IO.File]::WriteAllBytes($file, $latin1.GetBytes($plan.New)) }
            catch { [IO.File]::WriteAllBytes($file, $latin1.GetBytes($plan.Old)); throw }
        }
    } finally { [IO.File]::Delete("$file.$PID") }
    if ($plan.Item) { Write-Host "The file as it was: $copy" }
    Write-Host "Done: $file"
    [void]$done.Add($file)
}

function Write-Profiles {
    if (-not $env:USERPROFILE) { throw 'this is for Windows. On macOS and Linux, use merge-config.sh.' }
    $aws = Get-Command aws -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    $plans = @(Get-Plan 'AWS_CONFIG_FILE' 'config' $profiles)
    if ($credentials) { $plans += Get-Plan 'AWS_SHARED_CREDENTIALS_FILE' 'credentials' $credentials }
    foreach ($plan in $plans) { Show-Plan $plan }
    $plans = @($plans | Where-Object { $_.New -cne $_.Old })
    if ($plans) {
        if (-not $Yes -and "$(Read-Host 'Write this? [y/N]')" -notmatch '^(y|yes)$') { throw 'you did not say yes.' }
        foreach ($plan in $plans) { Write-Plan $plan }
    } else { Write-Host 'Nothing to do.' }
    if ($credentials) { Write-Host "$PSCommandPath holds your access key: delete it." }
}

function Merge-Config {
    Set-StrictMode -Off; $ErrorActionPreference = 'Stop'
    try { Write-Profiles; return 0 } catch {
        $cause = $_.Exception # without what PowerShell says of it
        while ($cause -is [Management.Automation.RuntimeException] -and $cause.InnerException) { $cause = $cause.InnerException }
        $soFar = if ($done.Count) { "Only $done was changed" } else { 'Nothing was changed' }
        Write-Host "${soFar}: $($cause.Message)"
        return 1
    }
}

@@ENDING@@
