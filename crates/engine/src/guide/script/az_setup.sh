
set -euo pipefail
# Nothing that is traced or left behind may hold the secret.
set +x
umask 077

usage() {
  printf '%s\n' \
    "usage: bash $0 [--application ID | --new-application] [--connect | --secret-file FILE] [--new-secret] [--dry-run]" \
    "  --application ID    use the application with this application (client) id" \
    "  --new-application   make one, whatever carries the tag $TAG" \
    "  --connect           hand the secret to fairlead on this machine, without it being shown" \
    "  --secret-file FILE  write the secret to this new file, for its owner only (default: ./$CONNECTION.client-secret)" \
    "  --new-secret        make a secret although there is one that works" \
    "  --dry-run           say what would be done, and do nothing" >&2
}

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "stopped: $*"
  exit 1
}

connect=no new_secret=no dry_run=no secret_file="./$CONNECTION.client-secret"
application='' new_application=no
# The application that setup made, for whoever runs this again.
noted="./$CONNECTION.application-id"
while [ $# -gt 0 ]; do
  case $1 in
    --application)
      [ $# -ge 2 ] || stop "--application needs an application (client) id"
      application=$2
      shift
      ;;
    --new-application) new_application=yes ;;
    --connect) connect=yes ;;
    --secret-file)
      [ $# -ge 2 ] || stop "--secret-file needs the name of a file"
      secret_file=$2
      shift
      ;;
    --new-secret) new_secret=yes ;;
    --dry-run) dry_run=yes ;;
    *)
      usage
      exit 2
      ;;
  esac
  shift
done

graph() {
  local method=$1 path=$2
  shift 2
  az rest --only-show-errors --method "$method" --url "$GRAPH/v1.0/$path" --resource "$GRAPH_AUDIENCE" "$@"
}

# What was made a moment ago is not everywhere at once: reads and writes that need it are tried again.
again() {
  local wait
  for wait in 2 4 8 15 30; do
    if "$@"; then return 0; fi
    say "  not there yet; trying again in $wait s"
    sleep "$wait"
  done
  "$@"
}

# Says what is done, and whether to do it.
doing() {
  if [ "$dry_run" = yes ]; then
    say "would $1"
    return 1
  fi
  say "$1"
}

# Whether any role is assigned at subscriptions that whoever runs this has to name.
for line in ${ROLES[@]+"${ROLES[@]}"}; do
  IFS='|' read -r _ _ scope _ <<<"$line"
  [ -n "$scope" ] || [ -n "${SUBSCRIPTIONS-}" ] ||
    stop "say which subscriptions: SUBSCRIPTIONS=\"ID ID\" bash $0; az account list shows their ids"
done
[ "$connect" = no ] || command -v fairlead >/dev/null ||
  stop "fairlead is not on this machine: run again without --connect"

command -v az >/dev/null || stop "install the Azure CLI first: https://learn.microsoft.com/cli/azure/install-azure-cli"
login="az login --tenant $TENANT --allow-no-subscriptions"
if [ -n "$AZURE_CLOUD" ]; then
  current=$(az cloud show --query name --output tsv)
  [ "$current" = "$AZURE_CLOUD" ] ||
    stop "the Azure CLI is set to $current: az cloud set --name $AZURE_CLOUD && $login"
fi
tenant=$(graph get "organization?\$select=id,verifiedDomains" --output tsv \
  --query "value[?id=='$TENANT' || contains(verifiedDomains[].name, '$TENANT')].id | [0]") ||
  stop "sign in first, as somebody who administers the tenant: $login"
[ -n "$tenant" ] || stop "you are signed in to another tenant: $login"

# Others' applications carry names and tags that others chose.
shown() { tr -d '[:cntrl:]'; }
is_id() { [[ $1 =~ ^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$ ]]; }
# What whoever is to decide about an application has to see of it.
describe() {
  local id=$1 client=$2 made=$3 name=$4 owners secrets
  is_id "$id" || return 0
  owners=$(graph get "applications/$id/owners?\$select=id,displayName,userPrincipalName" --output tsv \
    --query 'value[].[userPrincipalName || displayName || id] | []' | tr '\n' ' ' | shown | sed 's, *$,,')
  secrets=$(graph get "applications/$id?\$select=passwordCredentials,keyCredentials" --output tsv \
    --query "length([passwordCredentials, keyCredentials][])")
  say "  $client \"$(printf '%s' "$name" | shown)\", registered $made, owned by ${owners:-nobody}, secrets and certificates: $secrets"
}

# Which application is ours, its id says: the one given, the one that is connected, the one noted when setup made it.
# The tag does not: whoever may register applications can put it on theirs, and would get all that is set up here.
client=$application from="--application"
if [ -z "$client" ] && [ "$new_application" = no ]; then
  client=$CLIENT from="the connection"
  if [ -f "$noted" ] && [ ! -L "$noted" ] && [ -O "$noted" ]; then
    made=$(head -n 1 "$noted")
    [ -z "$client" ] || [ "$made" = "$client" ] ||
      stop "$noted says \"$(printf '%s' "$made" | shown)\" and the connection $client: say which is yours with --application"
    client=$made from=$noted
  fi
fi
if [ -n "$client" ]; then
  is_id "$client" ||
    stop "$from says \"$(printf '%s' "$client" | shown)\", which is no application (client) id"
  found=$(graph get "applications?\$filter=appId eq '$client'&\$select=id,signInAudience" \
    --query 'value[].[id, signInAudience]' --output tsv)
  [ -n "$found" ] ||
    stop "the tenant has no application $client, which $from names: give its right id with --application, or --new-application"
  IFS=$'\t' read -r app audience <<<"$found"
  if [ "$audience" != "$AUDIENCE" ] && doing "change who may use the application from $audience to $AUDIENCE"; then
    graph patch "applications/$app" --body "{\"signInAudience\": \"$AUDIENCE\"}"
  fi
else
  tagged=$(graph get "applications?\$filter=tags/any(t:t eq '$TAG')&\$select=id,appId,displayName,createdDateTime" \
    --query 'value[].[id, appId, createdDateTime, displayName]' --output tsv)
  if [ -n "$tagged" ] && [ "$new_application" = no ]; then
    say "The tag $TAG is on:"
    while IFS=$'\t' read -r id client made name; do describe "$id" "$client" "$made" "$name"; done <<<"$tagged"
    stop "if one of them is yours, run again with --application and its id; if not, with --new-application"
  fi
  if ! doing "register the application"; then
    say "would then consent to its permissions, assign its roles and make its credential"
    exit 0
  fi
  created=$(graph post applications --body "$APPLICATION" --query '[id, appId]' --output tsv)
  app=$(printf '%s\n' "$created" | sed -n 1p) client=$(printf '%s\n' "$created" | sed -n 2p)
  rm -f "$noted"
  (set -o noclobber && printf '%s\n' "$client" >"$noted") ||
    say "  $noted cannot be written: run this again with --application $client only"
fi

# Its service principal: what permissions and roles are given to, and what the portal calls enterprise application.
principal_of() {
  graph get "servicePrincipals?\$filter=appId eq '$1'&\$select=id,accountEnabled" \
    --query 'value[].[id, accountEnabled]' --output tsv
}
principal=$(principal_of "$client")
if [ -z "$principal" ]; then
  if ! doing "make the enterprise application"; then exit 0; fi
  sp=$(again graph post servicePrincipals --query id --output tsv \
    --body "{\"appId\": \"$client\", \"tags\": [\"$TAG\", \"WindowsAzureActiveDirectoryIntegratedApp\"]}")
else
  IFS=$'\t' read -r sp enabled <<<"$principal"
  if [ "$enabled" != True ] && [ "$enabled" != true ] && doing "enable the enterprise application for sign-in"; then
    graph patch "servicePrincipals/$sp" --body '{"accountEnabled": true}'
  fi
fi

# Permissions: first asked for on the registration, then consented to.
graph_app=00000003-0000-0000-c000-000000000000
asked=$(again graph get "applications/$app?\$select=requiredResourceAccess" --output tsv \
  --query "requiredResourceAccess[?resourceAppId=='$graph_app'].resourceAccess[].id")
ask() {
  if printf '%s\n' "$asked" | grep -qix "$2"; then return 0; fi
  if doing "ask for $1"; then
    az ad app permission add --only-show-errors --id "$client" --api "$graph_app" --api-permissions "$2=$3" >/dev/null
  fi
}
for line in ${PERMISSIONS[@]+"${PERMISSIONS[@]}"}; do ask "${line% *}" "${line##* }" Role; done
for line in ${DELEGATED[@]+"${DELEGATED[@]}"}; do ask "${line% *}" "${line##* }" Scope; done

if [ $((${#PERMISSIONS[@]} + ${#DELEGATED[@]})) -gt 0 ]; then
  graph_sp=$(graph get "servicePrincipals?\$filter=appId eq '$graph_app'&\$select=id" --query 'value[0].id' --output tsv)
  granted=$(again graph get "servicePrincipals/$sp/appRoleAssignments?\$top=999" --output tsv \
    --query "value[?resourceId=='$graph_sp'].appRoleId")
fi
for line in ${PERMISSIONS[@]+"${PERMISSIONS[@]}"}; do
  name=${line% *} id=${line##* }
  if printf '%s\n' "$granted" | grep -qix "$id"; then continue; fi
  if doing "consent to $name"; then
    again graph post "servicePrincipals/$sp/appRoleAssignments" --output none \
      --body "{\"principalId\": \"$sp\", \"resourceId\": \"$graph_sp\", \"appRoleId\": \"$id\"}"
  fi
done
if [ ${#DELEGATED[@]} -gt 0 ]; then
  grant=$(graph get "oauth2PermissionGrants?\$filter=clientId eq '$sp'" --output tsv \
    --query "value[?resourceId=='$graph_sp' && consentType=='AllPrincipals'].[id, scope]")
  grant_id='' scope=''
  if [ -n "$grant" ]; then IFS=$'\t' read -r grant_id scope <<<"$grant"; fi
  wanted=$scope
  for line in "${DELEGATED[@]}"; do
    name=${line% *}
    case " $wanted " in *" $name "*) ;; *) wanted="${wanted:+$wanted }$name" ;; esac
  done
  if [ "$wanted" != "$scope" ] && doing "consent, for everybody, to the delegated permissions $wanted"; then
    if [ -n "$grant_id" ]; then
      graph patch "oauth2PermissionGrants/$grant_id" --body "{\"scope\": \"$wanted\"}"
    else
      again graph post oauth2PermissionGrants --output none --body \
        "{\"clientId\": \"$sp\", \"consentType\": \"AllPrincipals\", \"resourceId\": \"$graph_sp\", \"scope\": \"$wanted\"}"
    fi
  fi
fi

# Its own owner, so that it may change its own secrets.
if [ "$OWNS_ITSELF" = yes ]; then
  owner=$(again graph get "applications/$app/owners?\$select=id" --query "value[?id=='$sp'].id | [0]" --output tsv)
  if [ -z "$owner" ] && doing "make the application an owner of itself"; then
    again graph post "applications/$app/owners/\$ref" --body "{\"@odata.id\": \"$GRAPH/v1.0/directoryObjects/$sp\"}"
  fi
fi

# Roles. One that is held at the place or above it is not assigned again.
assign() {
  local role=$1 name=$2 scope=$3 optional=$4 held
  held=$(az rest --only-show-errors --method get --output tsv --url \
    "$ARM$scope/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&\$filter=atScope() and assignedTo('$sp')" \
    --query "value[?ends_with(properties.roleDefinitionId, '$role')].id | [0]") || [ -n "$optional" ]
  if [ -n "$held" ] || ! doing "assign $name at $scope"; then return 0; fi
  # The kind of principal is told, so that Azure does not look it up where it may not have arrived yet.
  set -- az role assignment create --only-show-errors --output none --role "$role" --scope "$scope" \
    --assignee-object-id "$sp" --assignee-principal-type ServicePrincipal --description "$TAG"
  if [ -z "$optional" ]; then
    again "$@"
  elif ! "$@"; then
    say "  it is only recommended, and could not be assigned: whoever may assign roles there can do it later"
  fi
}
for line in ${ROLES[@]+"${ROLES[@]}"}; do
  IFS='|' read -r role name scope optional <<<"$line"
  case $scope in
    '') for subscription in $SUBSCRIPTIONS; do assign "$role" "$name" "/subscriptions/$subscription" "$optional"; done ;;
    root) assign "$role" "$name" "/providers/Microsoft.Management/managementGroups/$tenant" "$optional" ;;
    *) assign "$role" "$name" "$scope" "$optional" ;;
  esac
done

ids="tenant $tenant, application (client) id $client"
# How Fairlead is told, now that there is an id. A connection there is has it already.
if [ -z "$CLIENT" ]; then
  CONNECT+=(--client-id "$client")
elif [ "$CLIENT" != "$client" ]; then
  say "the connection names application $CLIENT: fairlead connections edit $CONNECTION --client-id $client"
fi

# A federated credential is known by its name.
if [ -n "$FEDERATION" ]; then
  there=$(graph get "applications/$app/federatedIdentityCredentials" --output tsv \
    --query "value[?name=='$FEDERATION_NAME'].id | [0]")
  if [ -z "$there" ] && doing "trust the identity provider"; then
    graph post "applications/$app/federatedIdentityCredentials" --body "$FEDERATION" --output none
  fi
  say "done: $ids. To connect:"
  say "  $(printf '%q ' "${CONNECT[@]}")"
  exit 0
fi
if [ "$MAKES_SECRET" != yes ]; then
  say "done: $ids; upload the certificate under Certificates & secrets. To connect:"
  say "  $(printf '%q ' "${CONNECT[@]}")"
  exit 0
fi

# The secret. It goes from Entra ID into a pipe or a file: never into a variable, an argument or the terminal.
secrets() {
  graph get "applications/$app?\$select=passwordCredentials" --output tsv \
    --query "passwordCredentials[?displayName=='$TAG'].[endDateTime, keyId]"
}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
works_until=$(again secrets | cut -f 1 | LC_ALL=C sort | tail -n 1)
if [ "$new_secret" = no ] && [ -n "$works_until" ] && [[ $works_until > $now ]]; then
  say "done: $ids; its secret works until $works_until (--new-secret makes another)"
  exit 0
fi
if ! doing "make a client secret"; then exit 0; fi
if [ "$connect" = no ] && [ -e "$secret_file" ]; then
  stop "$secret_file exists: move it away, or name another with --secret-file"
fi
end=$(date -u -d "+$SECRET_DAYS days" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v "+${SECRET_DAYS}d" +%Y-%m-%dT%H:%M:%SZ)
make_secret() {
  graph post "applications/$app/addPassword" --query secretText --output tsv \
    --body "{\"passwordCredential\": {\"displayName\": \"$TAG\", \"endDateTime\": \"$end\"}}"
}
# A secret that arrived nowhere is taken back: nobody would ever know it.
take_back() {
  local key
  for key in $(secrets | awk -F '\t' -v end="${end%Z}" 'index($1, end) == 1 { print $2 }'); do
    graph post "applications/$app/removePassword" --body "{\"keyId\": \"$key\"}"
  done
  stop "the secret was made but could not be handed over, and was taken back: $1"
}
if [ "$connect" = yes ]; then
  make_secret | "${CONNECT[@]}" --client-secret-expires "$end" --client-secret-stdin ||
    take_back "fairlead did not take it"
  say "done: $ids, connected as $CONNECTION"
else
  (set -o noclobber && make_secret >"$secret_file") || take_back "$secret_file cannot be written"
  say "done: $ids; the secret is in $secret_file and works until $end. To connect:"
  say "  $(printf '%q ' "${CONNECT[@]}" --client-secret-expires "$end" --client-secret-stdin)<$(printf %q "$secret_file")"
  say "and then delete the file"
fi
