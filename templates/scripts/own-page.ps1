& {
# Opens your own page of the portal. It fetches a link with your credentials and an MFA code, checks it, and hands it
# to your browser in a file that only you can read. It leaves nothing behind.
$portal = @@PORTAL@@
$region = @@REGION@@
$name = @@PROFILE@@
$serialNumber = @@SERIAL_NUMBER@@
Set-StrictMode -Off
$ErrorActionPreference = 'Continue'; $PSNativeCommandUseErrorActionPreference = $false
$OutputEncoding = New-Object Text.ASCIIEncoding
$folder = $null; $autoPrompt = $env:AWS_CLI_AUTO_PROMPT
function Find-Program($program) {
    $found = Get-Command $program -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { $found.Path } else { throw "there is no program $program." }
}
function Show-Link { Write-Host "Open this link within a minute. It opens once:`n$link" }
try {
    $env:AWS_CLI_AUTO_PROMPT = 'off'
    $aws = Find-Program 'aws'; $curl = Find-Program 'curl'
    if ("$(@(& $curl --version)[0])" -notmatch '^curl ([0-9]+\.[0-9]+)' -or [version]$Matches[1] -lt [version]'7.86') {
        throw 'curl is older than 7.86. Update Windows or install a newer one, or ask for a new link.'
    }
    @@KEYS@@
    if (-not ($keys.AccessKeyId -and $keys.SecretAccessKey -and $keys.SessionToken)) {
        throw 'AWS gave no session with MFA.'
    }
    # curl reads no settings file, and the keys from its standard input: others can see its command line.
    $settings = 'url = "' + ($portal -replace '(["\\])', '\$1') + "/member/link`"`n" +
        "user = `"$($keys.AccessKeyId):$($keys.SecretAccessKey)`"`n" +
        "header = `"x-amz-security-token: $($keys.SessionToken)`"`n" +
        "header = `"Content-Type: application/json`"`ndata = `"{}`""
    $options = '--disable', '--config', '-', '--globoff', '--silent', '--show-error', '--fail-with-body',
        '--max-time', '60', '--aws-sigv4', "aws:amz:$($region):execute-api"
    $answer = @($settings | & $curl $options)
    if ($LASTEXITCODE) {
        $said = "$answer" -replace '[\p{Cc}\p{Cf}]', ' '
        throw "the portal gave no link. $($said.Substring(0, [Math]::Min(300, $said.Length)))"
    }
    $pattern = '\A' + [regex]::Escape("$portal/me#") + '0[0-9a-z]+\z'
    if ($answer.Count -ne 1 -or $answer[0] -cnotmatch $pattern) {
        throw 'what came is no link of the portal, or more than that.'
    }
    $link = $answer[0]
    $onWindows = $env:OS -eq 'Windows_NT'
    $hasScreen = if ($onWindows -or $IsMacOS) { -not $env:SSH_CONNECTION } else {
        ($env:DISPLAY -or $env:WAYLAND_DISPLAY) -and
            (Get-Command xdg-open -CommandType Application -ErrorAction SilentlyContinue)
    }
    if (-not $hasScreen) { Show-Link; return }
    try {
        if ($onWindows) {
            $folder = Join-Path ([IO.Path]::GetTempPath()) "firstday-$([guid]::NewGuid())"
            [void][IO.Directory]::CreateDirectory($folder)
        } else {
            # On Linux, browsers of snap and flatpak see no hidden folder and no /tmp.
            $above = if (-not $IsMacOS -and (Test-Path "$HOME/Downloads")) { "$HOME/Downloads" } else { $HOME }
            $folder = & mktemp -d "$above/firstday-XXXXXXXX"
            if (-not $folder) { throw 'there is no folder for the page.' }
        }
        $page = Join-Path $folder 'own-page.html'
        [IO.File]::WriteAllText($page, '<meta charset="utf-8"><meta name="referrer" content="no-referrer">' +
            '<meta http-equiv="refresh" content="0; url=' + [Security.SecurityElement]::Escape($link) + '">')
        Invoke-Item -LiteralPath $page -ErrorAction Stop
        Write-Host 'Your page opens in your browser. If it does not, run this again.'
        Start-Sleep -Seconds 10
    } catch { Show-Link }
} catch { Write-Host "Your page was not opened: $($_.Exception.Message)" } finally {
    $env:AWS_CLI_AUTO_PROMPT = $autoPrompt
    if ($folder) { Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue }
}
}
