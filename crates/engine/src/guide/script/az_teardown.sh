
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "stopped: $*"
  exit 1
}

sure=no application=''
# What setup noted when it made the application.
noted="./$CONNECTION.application-id"
while [ $# -gt 0 ]; do
  case $1 in
    --yes) sure=yes ;;
    --application)
      [ $# -ge 2 ] || stop "--application needs an application (client) id"
      application=$2
      shift
      ;;
    *)
      say "usage: bash $0 [--application ID] [--yes]"
      exit 2
      ;;
  esac
  shift
done
for line in ${ROLES[@]+"${ROLES[@]}"}; do
  IFS='|' read -r _ _ scope _ <<<"$line"
  [ -n "$scope" ] || [ -n "${SUBSCRIPTIONS-}" ] ||
    stop "say at which subscriptions setup assigned roles: SUBSCRIPTIONS=\"ID ID\" bash $0"
done

graph() {
  local method=$1 path=$2
  shift 2
  az rest --only-show-errors --method "$method" --url "$GRAPH/v1.0/$path" --resource "$GRAPH_AUDIENCE" "$@"
}

login="az login --tenant $TENANT --allow-no-subscriptions"
if [ -n "$AZURE_CLOUD" ]; then
  current=$(az cloud show --query name --output tsv)
  [ "$current" = "$AZURE_CLOUD" ] ||
    stop "the Azure CLI is set to $current: az cloud set --name $AZURE_CLOUD && $login"
fi
tenant=$(graph get "organization?\$select=id,verifiedDomains" --output tsv \
  --query "value[?id=='$TENANT' || contains(verifiedDomains[].name, '$TENANT')].id | [0]") ||
  stop "sign in first: $login"
[ -n "$tenant" ] || stop "you are signed in to another tenant: $login"

# Only what carries the tag that setup gave it, and of that only the one whose id is known: others may carry it too.
found=$(graph get "applications?\$filter=tags/any(t:t eq '$TAG')&\$select=id,appId,displayName" \
  --query 'value[].[id, appId, displayName]' --output tsv | tr -d '\001-\010\013-\037\177')
client=${application:-$CLIENT}
if [ -z "$application" ] && [ -f "$noted" ] && [ ! -L "$noted" ] && [ -O "$noted" ]; then
  client=$(head -n 1 "$noted")
fi
if [ -z "$found" ]; then
  say "nothing to remove: no application carries the tag $TAG"
  exit 0
fi
if [ -z "$client" ]; then
  say "The tag $TAG is on:"
  while IFS=$'\t' read -r _ id name; do say "  $id \"$name\""; done <<<"$found"
  stop "say which one setup made: --application ID"
fi
found=$(printf '%s\n' "$found" | awk -F '\t' -v client="$client" 'tolower($2) == tolower(client)')
[ -n "$found" ] || stop "application $client does not carry the tag $TAG: setup did not make it"
IFS=$'\t' read -r app client name <<<"$found"
sp=$(graph get "servicePrincipals?\$filter=appId eq '$client'&\$select=id" --query 'value[0].id' --output tsv)

say "to be removed: the application $name ($client) with its permissions and credentials,"
say "and the roles that setup assigned to it"
if [ "$sure" = no ]; then
  read -r -p "Type the word remove to go on: " answer
  [ "$answer" = remove ] || stop "nothing was removed"
fi

# Roles first: without their principal they would stay behind as assignments of nobody.
release() {
  local scope=$1 id
  az rest --only-show-errors --method get --output tsv --url \
    "$ARM$scope/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&\$filter=principalId eq '$sp'" \
    --query "value[?properties.description=='$TAG'].id" |
    while IFS= read -r id; do
      say "remove the role assignment $id"
      az rest --only-show-errors --method delete --output none --url "$ARM$id?api-version=2022-04-01"
    done
}
if [ -n "$sp" ]; then
  for line in ${ROLES[@]+"${ROLES[@]}"}; do
    IFS='|' read -r _ _ scope optional <<<"$line"
    case $scope in
      '') for subscription in $SUBSCRIPTIONS; do release "/subscriptions/$subscription"; done ;;
      # Whoever could not assign an optional role may not look there either.
      root) release "/providers/Microsoft.Management/managementGroups/$tenant" || [ -n "$optional" ] ;;
      *) release "$scope" || [ -n "$optional" ] ;;
    esac
  done
fi

say "remove the application; it can be restored for 30 days under App registrations > Deleted applications"
graph delete "applications/$app"
if [ -n "$sp" ] && [ -n "$(graph get "servicePrincipals?\$filter=appId eq '$client'&\$select=id" --query 'value[0].id' --output tsv)" ]; then
  graph delete "servicePrincipals/$sp"
fi
rm -f "$noted"
say "done; what Fairlead keeps goes with: fairlead connections remove $CONNECTION"
