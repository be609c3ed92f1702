
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "stopped: $*"
  exit 1
}

sure=no
case ${1-} in
  --yes) sure=yes ;;
  '') ;;
  *)
    say "usage: bash $0 [--yes]"
    exit 2
    ;;
esac

graph() {
  local method=$1 path=$2
  shift 2
  az rest --only-show-errors --method "$method" --url "$GRAPH/v1.0/$path" --resource "$GRAPH_AUDIENCE" "$@"
}

tenant=$(graph get "organization?\$select=id,verifiedDomains" --output tsv \
  --query "value[?id=='$TENANT' || contains(verifiedDomains[].name, '$TENANT')].id | [0]") ||
  stop "sign in first: az login --tenant $TENANT --allow-no-subscriptions"
[ -n "$tenant" ] || stop "you are signed in to another tenant: az login --tenant $TENANT --allow-no-subscriptions"

# Only what carries the tag that setup gave it.
found=$(graph get "applications?\$filter=tags/any(t:t eq '$TAG')&\$select=id,appId,displayName" \
  --query 'value[].[id, appId, displayName]' --output tsv)
case $(printf '%s' "$found" | grep -c .) in
  0)
    say "nothing to remove: no application carries the tag $TAG"
    exit 0
    ;;
  1) IFS=$'\t' read -r app client name <<<"$found" ;;
  *) stop "several applications carry the tag $TAG: remove by hand the one that is meant" ;;
esac
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
    IFS='|' read -r _ _ scope <<<"$line"
    if [ -n "$scope" ]; then
      release "$scope"
      continue
    fi
    [ -n "${SUBSCRIPTIONS-}" ] ||
      stop "say at which subscriptions setup assigned roles: SUBSCRIPTIONS=\"ID ID\" bash $0"
    for subscription in $SUBSCRIPTIONS; do release "/subscriptions/$subscription"; done
  done
fi

say "remove the application; it can be restored for 30 days under App registrations > Deleted applications"
graph delete "applications/$app"
if [ -n "$sp" ] && [ -n "$(graph get "servicePrincipals?\$filter=appId eq '$client'&\$select=id" --query 'value[0].id' --output tsv)" ]; then
  graph delete "servicePrincipals/$sp"
fi
say "done; what Fairlead keeps goes with: fairlead connections remove $CONNECTION"
