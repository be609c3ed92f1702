#!/usr/bin/env bash
# Sets up the application that this connection signs in as. Running it again changes nothing.
# Sample Product contoso in tenant 11111111-2222-3333-4444-555555555555 (sample, read)

CONNECTION='contoso'
TAG='fairlead:contoso'
TENANT='11111111-2222-3333-4444-555555555555'
CLIENT=''
AZURE_CLOUD='AzureCloud'
GRAPH='https://graph.microsoft.com'
GRAPH_AUDIENCE='https://graph.microsoft.com'
ARM='https://management.azure.com'
# Role, name, scope, and whether it is optional; no scope: at each of $SUBSCRIPTIONS.
ROLES=(
  'acdd72a7-3385-48ef-bd42-f606fba81ae7|Reader|/subscriptions/51111111-0000-0000-0000-000000000001|'
)
AUDIENCE='AzureADMyOrg'
APPLICATION='{"displayName":"Sample Product contoso","requiredResourceAccess":[{"resourceAccess":[{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"},{"id":"0e263e50-5827-48a4-b97c-d940288653c7","type":"Scope"}],"resourceAppId":"00000003-0000-0000-c000-000000000000"}],"signInAudience":"AzureADMyOrg","tags":["fairlead:contoso"]}'
# Permissions of Microsoft Graph and their ids.
PERMISSIONS=(
  'User.Read.All df021288-bdef-4463-88db-98f22de89214'
)
# Delegated ones.
DELEGATED=(
  'Directory.AccessAsUser.All 0e263e50-5827-48a4-b97c-d940288653c7'
)
OWNS_ITSELF='no'
FEDERATION=''
FEDERATION_NAME='fairlead-contoso'
MAKES_SECRET='yes'
SECRET_DAYS='730'
# How Fairlead is told.
CONNECT=(
  'fairlead'
  'connections'
  'add'
  'contoso'
  '--connector'
  'sample'
  '--tenant'
  '11111111-2222-3333-4444-555555555555'
  '--mode'
  'read'
  '--subscription'
  '51111111-0000-0000-0000-000000000001'
)
