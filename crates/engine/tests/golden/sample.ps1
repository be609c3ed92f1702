#Requires -Version 7.2
# Sets up the application that this connection signs in as. Running it again changes nothing.
# Sample Product contoso in tenant 11111111-2222-3333-4444-555555555555 (sample, read)
param(
    [string[]] $Subscriptions = @(),
    [switch] $Connect,
    [string] $SecretFile = './contoso.client-secret',
    [switch] $NewSecret,
    [string] $ApplicationId = '',
    [switch] $NewApplication,
    [switch] $DryRun
)

$ConnectionName = 'contoso'
$Tag = 'fairlead:contoso'
$Tenant = '11111111-2222-3333-4444-555555555555'
$ClientId = ''
$GraphEnvironment = 'Global'
$AzEnvironment = 'AzureCloud'
# No scope: at each of the subscriptions given.
$Roles = @(
    @{ Id = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'; Name = 'Reader'; Scope = '/subscriptions/51111111-0000-0000-0000-000000000001'; Optional = $false }
)
$Audience = 'AzureADMyOrg'
$Application = '{"displayName":"Sample Product contoso","requiredResourceAccess":[{"resourceAccess":[{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"},{"id":"0e263e50-5827-48a4-b97c-d940288653c7","type":"Scope"}],"resourceAppId":"00000003-0000-0000-c000-000000000000"}],"signInAudience":"AzureADMyOrg","tags":["fairlead:contoso"]}'
$Permissions = @(
    @{ Name = 'User.Read.All'; Id = 'df021288-bdef-4463-88db-98f22de89214' }
)
$Delegated = @(
    @{ Name = 'Directory.AccessAsUser.All'; Id = '0e263e50-5827-48a4-b97c-d940288653c7' }
)
$OwnsItself = $false
$Federation = ''
$MakesSecret = $true
$SecretDays = 730
# How Fairlead is told.
$ConnectCommand = @('fairlead', 'connections', 'add', 'contoso', '--connector', 'sample', '--tenant', '11111111-2222-3333-4444-555555555555', '--mode', 'read', '--subscription', '51111111-0000-0000-0000-000000000001')
