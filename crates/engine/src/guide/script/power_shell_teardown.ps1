
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

if (-not $Subscriptions -and @($Roles | Where-Object { -not $_.Scope }).Count -gt 0) {
    throw 'stopped: say at which subscriptions setup assigned roles: -Subscriptions ID, ID'
}
Connect-MgGraph -TenantId $Tenant -Environment $GraphEnvironment -Scopes 'Application.ReadWrite.All' -NoWelcome
if ($Roles.Count -gt 0) {
    Connect-AzAccount -Tenant $Tenant -Environment $AzEnvironment -WarningAction SilentlyContinue | Out-Null
}

# Only what carries the tag that setup gave it, and of that only the one whose id is known: others may carry it too.
$Noted = "./$ConnectionName.application-id"
$Known = $ApplicationId
if (-not $Known) { $Known = if (Test-Path -PathType Leaf $Noted) { (Get-Content $Noted -TotalCount 1).Trim() } else { $ClientId } }
$Found = @(Get-MgApplication -All -Filter "tags/any(t:t eq '$Tag')")
if ($Found.Count -eq 0) {
    Write-Host "nothing to remove: no application carries the tag $Tag"
    return
}
if (-not $Known) {
    Write-Host "The tag $Tag is on:"
    $Found | ForEach-Object { Write-Host "  $($_.AppId) ""$($_.DisplayName -replace '\p{C}', '')""" }
    throw 'stopped: say which one setup made: -ApplicationId ID'
}
$Found = @($Found | Where-Object AppId -EQ $Known)
if ($Found.Count -eq 0) { throw "stopped: application $Known does not carry the tag ${Tag}: setup did not make it" }
$App = $Found[0]
$Principal = @(Get-MgServicePrincipal -All -Filter "appId eq '$($App.AppId)'")

Write-Host "to be removed: the application $($App.DisplayName -replace '\p{C}', '') ($($App.AppId)) with its permissions and credentials,"
Write-Host 'and the roles that setup assigned to it'
if (-not $Yes -and (Read-Host 'Type the word remove to go on') -cne 'remove') { throw 'stopped: nothing was removed' }

# Roles first: without their principal they would stay behind as assignments of nobody.
if ($Principal.Count -gt 0) {
    foreach ($Role in $Roles) {
        $Places = switch ($Role.Scope) {
            '' { $Subscriptions | ForEach-Object { "/subscriptions/$_" } }
            'root' { "/providers/Microsoft.Management/managementGroups/$((Get-MgContext).TenantId)" }
            default { $Role.Scope }
        }
        foreach ($Place in @($Places)) {
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
Remove-Item -Path $Noted -ErrorAction SilentlyContinue
Write-Host "done; what Fairlead keeps goes with: fairlead connections remove $ConnectionName"
