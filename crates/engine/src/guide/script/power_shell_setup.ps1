
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

function Stop-Setup([string] $Why) { throw "stopped: $Why" }

# Says what is done, and whether to do it.
function Test-Doing([string] $What) {
    if ($DryRun) { Write-Host "would $What"; return $false }
    Write-Host $What
    return $true
}

# What was made a moment ago is not everywhere at once: writes that need it are tried again.
function Invoke-Again([scriptblock] $Do) {
    foreach ($Wait in 2, 4, 8, 15, 30) {
        try { return & $Do } catch { Write-Host "  not there yet; trying again in $Wait s"; Start-Sleep -Seconds $Wait }
    }
    & $Do
}

foreach ($Module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications', 'Microsoft.Graph.Identity.SignIns', 'Az.Accounts', 'Az.Resources') {
    if (-not (Get-Module -ListAvailable -Name $Module)) {
        Stop-Setup "install the modules first: Install-Module Microsoft.Graph, Az -Scope CurrentUser"
    }
}
if (-not $Subscriptions -and @($Roles | Where-Object { -not $_.Scope }).Count -gt 0) {
    Stop-Setup 'say which subscriptions: -Subscriptions ID, ID'
}
$Scopes = 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All'
Connect-MgGraph -TenantId $Tenant -Environment $GraphEnvironment -Scopes $Scopes -NoWelcome
if ($Roles.Count -gt 0) {
    Connect-AzAccount -Tenant $Tenant -Environment $AzEnvironment -WarningAction SilentlyContinue | Out-Null
}

# What somebody else put here, or had a link lead to, is not believed.
function Test-Mine($File) {
    if ($File.LinkType) { return $false }
    if ($IsLinux -or $IsMacOS) { return $File.User -eq [Environment]::UserName }
    (Get-Acl $File.FullName).Owner -eq [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
}

# Which application is ours, its id says: the one given, the one that is connected, the one noted when setup made it.
# The tag does not: whoever may register applications can put it on theirs, and would get all that is set up here.
$Noted = "./$ConnectionName.application-id"
$Known = $ApplicationId
if (-not $Known -and -not $NewApplication) {
    $Known = $ClientId
    if ((Test-Path -PathType Leaf $Noted) -and (Test-Mine (Get-Item -Force $Noted))) {
        $Made = (Get-Content $Noted -TotalCount 1).Trim()
        if ($Known -and $Made -ne $Known) { Stop-Setup "$Noted says another application than the connection, ${Known}: say which is yours with -ApplicationId" }
        $Known = $Made
    }
}
if ($Known) {
    if ($Known -notmatch '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$') { Stop-Setup "$Known is no application (client) id" }
    $Found = @(Get-MgApplication -All -Filter "appId eq '$Known'")
    if ($Found.Count -eq 0) { Stop-Setup "the tenant has no application ${Known}: give its right id with -ApplicationId, or -NewApplication" }
    $App = $Found[0]
    if ($App.SignInAudience -ne $Audience -and (Test-Doing "change who may use the application to $Audience")) {
        Update-MgApplication -ApplicationId $App.Id -SignInAudience $Audience
    }
} else {
    $Tagged = @(Get-MgApplication -All -Filter "tags/any(t:t eq '$Tag')")
    if ($Tagged.Count -gt 0 -and -not $NewApplication) {
        Write-Host "The tag $Tag is on:"
        foreach ($It in $Tagged) {
            $Owners = @(Get-MgApplicationOwner -All -ApplicationId $It.Id | ForEach-Object { if ($_.AdditionalProperties['userPrincipalName']) { $_.AdditionalProperties['userPrincipalName'] } else { $_.Id } })
            $Secrets = @($It.PasswordCredentials).Count + @($It.KeyCredentials).Count
            $Name = $It.DisplayName -replace '\p{C}', ''
            Write-Host "  $($It.AppId) ""$Name"", registered $($It.CreatedDateTime), owned by $($Owners -join ' '), secrets and certificates: $Secrets"
        }
        Stop-Setup 'if one of them is yours, run again with -ApplicationId and its id; if not, with -NewApplication'
    }
    if (-not (Test-Doing 'register the application')) { return }
    $App = New-MgApplication -BodyParameter ($Application | ConvertFrom-Json -AsHashtable)
    Set-Content -Path $Noted -Value $App.AppId
}

# Its service principal: what permissions and roles are given to, and what the portal calls enterprise application.
$Principal = @(Get-MgServicePrincipal -All -Filter "appId eq '$($App.AppId)'")
if ($Principal.Count -eq 0) {
    if (-not (Test-Doing 'make the enterprise application')) { return }
    $Principal = Invoke-Again { New-MgServicePrincipal -AppId $App.AppId -Tags $Tag, 'WindowsAzureActiveDirectoryIntegratedApp' }
} else {
    $Principal = $Principal[0]
    if (-not $Principal.AccountEnabled -and (Test-Doing 'enable the enterprise application for sign-in')) {
        Update-MgServicePrincipal -ServicePrincipalId $Principal.Id -AccountEnabled
    }
}

# Permissions: first asked for on the registration, then consented to. What others added stays.
$GraphApp = '00000003-0000-0000-c000-000000000000'
$Required = @($App.RequiredResourceAccess)
$Ours = $Required | Where-Object ResourceAppId -EQ $GraphApp | Select-Object -First 1
$Asked = @(if ($Ours) { $Ours.ResourceAccess })
$AskedIds = @($Asked | ForEach-Object { $_.Id })
$Wanted = @($Permissions | ForEach-Object { @{ Id = $_.Id; Type = 'Role' } }) + @($Delegated | ForEach-Object { @{ Id = $_.Id; Type = 'Scope' } })
$Missing = @($Wanted | Where-Object { $_.Id -notin $AskedIds })
if ($Missing.Count -gt 0 -and (Test-Doing "ask for $($Missing.Count) permissions")) {
    $Others = @($Required | Where-Object ResourceAppId -NE $GraphApp)
    Update-MgApplication -ApplicationId $App.Id -RequiredResourceAccess ($Others + @{ ResourceAppId = $GraphApp; ResourceAccess = $Asked + $Missing })
}
if ($Wanted.Count -gt 0) {
    $Graph = Get-MgServicePrincipal -Filter "appId eq '$GraphApp'"
    $Granted = @(Get-MgServicePrincipalAppRoleAssignment -All -ServicePrincipalId $Principal.Id | Where-Object ResourceId -EQ $Graph.Id | ForEach-Object { $_.AppRoleId })
}
foreach ($Permission in $Permissions) {
    if ($Permission.Id -in $Granted) { continue }
    if (Test-Doing "consent to $($Permission.Name)") {
        Invoke-Again {
            New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Principal.Id -PrincipalId $Principal.Id -ResourceId $Graph.Id -AppRoleId $Permission.Id
        } | Out-Null
    }
}
if ($Delegated.Count -gt 0) {
    $Grant = Get-MgOauth2PermissionGrant -All -Filter "clientId eq '$($Principal.Id)'" |
        Where-Object { $_.ResourceId -eq $Graph.Id -and $_.ConsentType -eq 'AllPrincipals' } | Select-Object -First 1
    $Held = @(if ($Grant) { $Grant.Scope.Trim() -split ' +' })
    $Lacking = @($Delegated | ForEach-Object { $_.Name } | Where-Object { $_ -notin $Held })
    $Scope = ($Held + $Lacking) -join ' '
    if ($Lacking.Count -gt 0 -and (Test-Doing "consent, for everybody, to the delegated permissions $Scope")) {
        if ($Grant) {
            $Change = @{ OAuth2PermissionGrantId = $Grant.Id; Scope = $Scope }
            Update-MgOauth2PermissionGrant @Change
        } else {
            Invoke-Again {
                New-MgOauth2PermissionGrant -BodyParameter @{ clientId = $Principal.Id; consentType = 'AllPrincipals'; resourceId = $Graph.Id; scope = $Scope }
            } | Out-Null
        }
    }
}

# Its own owner, so that it may change its own secrets.
if ($OwnsItself) {
    $Owners = @(Get-MgApplicationOwner -All -ApplicationId $App.Id | ForEach-Object { $_.Id })
    if ($Principal.Id -notin $Owners -and (Test-Doing 'make the application an owner of itself')) {
        $Address = (Get-MgEnvironment -Name $GraphEnvironment).GraphEndpoint
        Invoke-Again {
            New-MgApplicationOwnerByRef -ApplicationId $App.Id -OdataId "$Address/v1.0/directoryObjects/$($Principal.Id)"
        }
    }
}

# Roles. One that is held at the place or above it is not assigned again.
$TenantId = (Get-MgContext).TenantId
foreach ($Role in $Roles) {
    $Places = switch ($Role.Scope) {
        '' { $Subscriptions | ForEach-Object { "/subscriptions/$_" } }
        'root' { "/providers/Microsoft.Management/managementGroups/$TenantId" }
        default { $Role.Scope }
    }
    foreach ($Place in @($Places)) {
        $Held = @(Get-AzRoleAssignment -ObjectId $Principal.Id -RoleDefinitionId $Role.Id -Scope $Place -ErrorAction SilentlyContinue)
        if ($Held.Count -gt 0) { continue }
        if (-not (Test-Doing "assign $($Role.Name) at $Place")) { continue }
        $Assign = {
            New-AzRoleAssignment -ObjectId $Principal.Id -ObjectType ServicePrincipal -RoleDefinitionId $Role.Id -Scope $Place -Description $Tag
        }
        if (-not $Role.Optional) { Invoke-Again $Assign | Out-Null; continue }
        try { & $Assign | Out-Null } catch {
            Write-Host '  it is only recommended, and could not be assigned: whoever may assign roles there can do it later'
        }
    }
}

$Ids = "tenant $Tenant, application (client) id $($App.AppId)"
# How Fairlead is told, now that there is an id. A connection there is has it already.
if (-not $ClientId) {
    $ConnectCommand += '--client-id', $App.AppId
} elseif ($ClientId -ne $App.AppId) {
    Write-Host "the connection names application ${ClientId}: fairlead connections edit $ConnectionName --client-id $($App.AppId)"
}
function Format-Command([string[]] $Words) {
    ($Words | ForEach-Object { if ($_ -match '^[\w./:=@,+%-]+$') { $_ } else { "'" + ($_ -replace "['\u2018-\u201b]", '$0$0') + "'" } }) -join ' '
}

# A federated credential is known by its name.
if ($Federation) {
    $Trusted = $Federation | ConvertFrom-Json -AsHashtable
    $There = @(Get-MgApplicationFederatedIdentityCredential -All -ApplicationId $App.Id | Where-Object Name -EQ $Trusted.name)
    if ($There.Count -eq 0 -and (Test-Doing 'trust the identity provider')) {
        New-MgApplicationFederatedIdentityCredential -ApplicationId $App.Id -BodyParameter $Trusted | Out-Null
    }
    Write-Host "done: $Ids. To connect:"
    Write-Host "  $(Format-Command $ConnectCommand)"
    return
}
if (-not $MakesSecret) {
    Write-Host "done: $Ids; upload the certificate under Certificates & secrets. To connect:"
    Write-Host "  $(Format-Command $ConnectCommand)"
    return
}

# The secret. It goes from Entra ID into a pipe or a file: never into a variable, an argument or the terminal.
$Now = (Get-Date).ToUniversalTime()
$Until = (Get-MgApplication -ApplicationId $App.Id).PasswordCredentials | Where-Object DisplayName -EQ $Tag |
    Sort-Object EndDateTime | Select-Object -Last 1 -ExpandProperty EndDateTime
if (-not $NewSecret -and $Until -and $Until -gt $Now) {
    Write-Host "done: $Ids; its secret works until $Until (-NewSecret makes another)"
    return
}
if (-not (Test-Doing 'make a client secret')) { return }
if ($Connect) {
    if (-not (Get-Command fairlead -ErrorAction SilentlyContinue)) { Stop-Setup 'fairlead is not on this machine: run again without -Connect' }
} else {
    # Made empty and for its owner only before anything is in it; -NoClobber in effect, since New-Item never overwrites.
    New-Item -ItemType File -Path $SecretFile | Out-Null
    if (-not $IsWindows) { chmod 600 $SecretFile }
}
$End = $Now.AddDays($SecretDays)
$ConnectCommand += '--client-secret-expires', $End.ToString('yyyy-MM-ddTHH:mm:ssZ'), '--client-secret-stdin'
$Body = @{ passwordCredential = @{ displayName = $Tag; endDateTime = $End } }
try {
    if ($Connect) {
        (Add-MgApplicationPassword -ApplicationId $App.Id -BodyParameter $Body).SecretText |
            & $ConnectCommand[0] $ConnectCommand[1..($ConnectCommand.Count - 1)]
        if ($LASTEXITCODE -ne 0) { throw 'fairlead did not take it' }
    } else {
        (Add-MgApplicationPassword -ApplicationId $App.Id -BodyParameter $Body).SecretText | Set-Content -Path $SecretFile -NoNewline
    }
} catch {
    # A secret that arrived nowhere is taken back: nobody would ever know it.
    (Get-MgApplication -ApplicationId $App.Id).PasswordCredentials |
        Where-Object { $_.DisplayName -eq $Tag -and [math]::Abs(($_.EndDateTime - $End).TotalSeconds) -lt 2 } |
        ForEach-Object { Remove-MgApplicationPassword -ApplicationId $App.Id -KeyId $_.KeyId }
    Stop-Setup "the secret could not be handed over, and was taken back: $_"
}
if ($Connect) {
    Write-Host "done: $Ids, connected"
} else {
    Write-Host "done: $Ids; the secret is in $SecretFile and works until $End. To connect:"
    Write-Host "  Get-Content $(Format-Command $SecretFile) | $(Format-Command $ConnectCommand)"
    Write-Host 'and then delete the file'
}
