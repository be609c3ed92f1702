
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

Connect-MgGraph -TenantId $Tenant -Environment $GraphEnvironment -Scopes 'Application.ReadWrite.All' -NoWelcome
if ($Roles.Count -gt 0) {
    Connect-AzAccount -Tenant $Tenant -Environment $AzEnvironment -WarningAction SilentlyContinue | Out-Null
}

# Only what carries the tag that setup gave it.
$Found = @(Get-MgApplication -All -Filter "tags/any(t:t eq '$Tag')")
if ($Found.Count -gt 1) { throw "stopped: several applications carry the tag ${Tag}: remove by hand the one that is meant" }
if ($Found.Count -eq 0) {
    Write-Host "nothing to remove: no application carries the tag $Tag"
    return
}
$App = $Found[0]
$Principal = @(Get-MgServicePrincipal -All -Filter "appId eq '$($App.AppId)'")

Write-Host "to be removed: the application $($App.DisplayName) ($($App.AppId)) with its permissions and credentials,"
Write-Host 'and the roles that setup assigned to it'
if (-not $Yes -and (Read-Host 'Type the word remove to go on') -cne 'remove') { throw 'stopped: nothing was removed' }

# Roles first: without their principal they would stay behind as assignments of nobody.
if ($Principal.Count -gt 0) {
    foreach ($Role in $Roles) {
        if (-not $Role.Scope -and -not $Subscriptions) { throw 'stopped: say at which subscriptions setup assigned roles: -Subscriptions ID, ID' }
        $Places = if ($Role.Scope) { @($Role.Scope) } else { @($Subscriptions | ForEach-Object { "/subscriptions/$_" }) }
        foreach ($Place in $Places) {
            Get-AzRoleAssignment -ObjectId $Principal[0].Id -Scope $Place -ErrorAction SilentlyContinue |
                Where-Object { $_.Description -ceq $Tag -and $_.Scope -eq $Place } |
                ForEach-Object {
                    Write-Host "remove $($_.RoleDefinitionName) at $Place"
                    $_ | Remove-AzRoleAssignment | Out-Null
                }
        }
    }
}

Write-Host 'remove the application; it can be restored for 30 days under App registrations > Deleted applications'
Remove-MgApplication -ApplicationId $App.Id
Get-MgServicePrincipal -All -Filter "appId eq '$($App.AppId)'" | ForEach-Object { Remove-MgServicePrincipal -ServicePrincipalId $_.Id }
Write-Host "done; what Fairlead keeps goes with: fairlead connections remove $ConnectionName"
