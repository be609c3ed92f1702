//! What to do about a finding: where to click, what to paste, and which role that takes.

use fairlead_azure::{known, permissions, portal::Portal};
use fairlead_model::{Connection, Grant, PortalPlace, Remedy};
use uuid::Uuid;

/// May change app registrations and enterprise applications.
const APPLICATIONS: &str = "Cloud Application Administrator";
/// May consent to application permissions of Microsoft Graph.
const CONSENT: &str = "Privileged Role Administrator";
/// May assign Azure roles.
const ACCESS: &str = "Owner, User Access Administrator or Role Based Access Control Administrator";

/// Makes remedies for one connection.
#[derive(Debug, Clone)]
pub(super) struct Remedies {
    portal: Option<Portal>,
    client: Uuid,
    principal: Option<Uuid>,
}

impl Remedies {
    pub(super) fn of(connection: &Connection, principal: Option<Uuid>) -> Self {
        let portal = Portal::of(&connection.cloud, &connection.tenant).ok();
        Self { portal, client: connection.client_id, principal }
    }

    fn remedy(
        &self,
        action: impl Into<String>,
        place: impl FnOnce(&Portal) -> PortalPlace,
        command: Option<String>,
        role: Option<&str>,
    ) -> Remedy {
        Remedy {
            action: action.into(),
            portal: self.portal.as_ref().map(place),
            command,
            needs_role: role.map(str::to_owned),
        }
    }

    pub(super) fn tenant_id(&self) -> Remedy {
        let command = "az account show --query tenantId --output tsv".to_owned();
        self.remedy(
            "copy \"Directory (tenant) ID\" from the app registration's overview page into the connection",
            Portal::registrations,
            Some(command),
            None,
        )
    }

    #[expect(clippy::unused_self, reason = "every remedy is asked for in the same way")]
    pub(super) fn cloud(&self, cloud: &str) -> Remedy {
        Remedy { action: format!("give the connection the cloud {cloud}"), ..Remedy::default() }
    }

    #[expect(clippy::unused_self, reason = "every remedy is asked for in the same way")]
    pub(super) fn network(&self) -> Remedy {
        let action = "check this machine's network, proxy and the connection's cloud, then validate again";
        Remedy { action: action.to_owned(), ..Remedy::default() }
    }

    #[expect(clippy::unused_self, reason = "every remedy is asked for in the same way")]
    pub(super) fn later(&self) -> Remedy {
        Remedy { action: "validate again in a few minutes".to_owned(), ..Remedy::default() }
    }

    pub(super) fn client_id(&self) -> Remedy {
        let command = "az ad app list --all --query \"[].{name:displayName, clientId:appId}\" --output table";
        self.remedy(
            "copy \"Application (client) ID\" from the app registration's overview page into the connection",
            Portal::registrations,
            Some(command.to_owned()),
            None,
        )
    }

    pub(super) fn right_client_id(&self, id: Uuid) -> Remedy {
        self.remedy(
            format!("give the connection the application (client) id {id}"),
            |portal| portal.registration(id),
            None,
            None,
        )
    }

    pub(super) fn secret(&self, action: &str) -> Remedy {
        let command = format!(
            "az ad app credential reset --id {} --append --display-name Fairlead --query password --output tsv",
            self.client
        );
        self.remedy(action, |portal| portal.credentials(self.client), Some(command), Some(APPLICATIONS))
    }

    pub(super) fn credentials(&self, action: &str) -> Remedy {
        self.remedy(action, |portal| portal.credentials(self.client), None, Some(APPLICATIONS))
    }

    pub(super) fn enable(&self) -> Remedy {
        let command = format!("az ad sp update --id {} --set accountEnabled=true", self.client);
        self.remedy(
            "set \"Enabled for users to sign-in\" to Yes",
            |portal| portal.enterprise_properties(self.client, self.principal),
            Some(command),
            Some(APPLICATIONS),
        )
    }

    pub(super) fn appeal(&self) -> Remedy {
        self.remedy(
            "ask Microsoft's support why the application was disabled, or register a new one",
            |portal| portal.registration(self.client),
            None,
            None,
        )
    }

    pub(super) fn create_principal(&self) -> Remedy {
        let command = format!("az ad sp create --id {}", self.client);
        self.remedy(
            "have an administrator of the tenant consent to the application, which creates its enterprise application",
            |portal| portal.registration(self.client),
            Some(command),
            Some(APPLICATIONS),
        )
    }

    pub(super) fn assign_application(&self) -> Remedy {
        let action =
            "assign the application to the service, or switch the service's \"Assignment required\" off";
        let place = |portal: &Portal| portal.enterprise_properties(self.client, self.principal);
        self.remedy(action, place, None, Some(APPLICATIONS))
    }

    pub(super) fn conditional_access(&self) -> Remedy {
        self.remedy(
            "exclude the application's service principal, or this machine's address, from the policy that blocks it",
            Portal::conditional_access,
            None,
            Some("Conditional Access Administrator"),
        )
    }

    pub(super) fn enable_service(&self) -> Remedy {
        self.remedy(
            "enable the service's enterprise application in the tenant",
            |portal| portal.enterprise_properties(self.client, None),
            None,
            Some(APPLICATIONS),
        )
    }

    pub(super) fn audience(&self, audience: &str, action: &str) -> Remedy {
        let command = format!("az ad app update --id {} --sign-in-audience {audience}", self.client);
        self.remedy(action, |portal| portal.audience(self.client), Some(command), Some(APPLICATIONS))
    }

    /// Makes the application an owner of its registration. The portal lists people only.
    pub(super) fn own(&self, principal: Uuid) -> Remedy {
        let command = format!("az ad app owner add --id {} --owner-object-id {principal}", self.client);
        self.remedy(
            "make the application's service principal an owner of its app registration, or switch rotation off",
            |portal| portal.registration(self.client),
            Some(command),
            Some(APPLICATIONS),
        )
    }

    /// Adds a permission and consents to it.
    pub(super) fn permission(&self, name: &str, grant: Grant) -> Remedy {
        let kind = match grant {
            Grant::Application => "application",
            Grant::Delegated => "delegated",
        };
        let action = format!(
            "add the {kind} permission {name} of Microsoft Graph, then press \"Grant admin consent\""
        );
        let command = permission_argument(name, grant).map(|permission| {
            let (client, graph) = (self.client, known::GRAPH);
            format!(
                "az ad app permission add --id {client} --api {graph} --api-permissions {permission} && \
                 az ad app permission admin-consent --id {client}"
            )
        });
        self.remedy(action, |portal| portal.api_permissions(self.client), command, Some(CONSENT))
    }

    pub(super) fn consent(&self) -> Remedy {
        let command = format!("az ad app permission admin-consent --id {}", self.client);
        self.remedy(
            "press \"Grant admin consent\"",
            |portal| portal.api_permissions(self.client),
            Some(command),
            Some(CONSENT),
        )
    }

    pub(super) fn remove_permission(&self, name: &str) -> Remedy {
        let command = permission_id(name, Grant::Application).map(|id| {
            format!(
                "az ad app permission delete --id {} --api {} --api-permissions {id}",
                self.client,
                known::GRAPH
            )
        });
        self.remedy(
            format!("remove the permission {name}, and revoke its admin consent"),
            |portal| portal.enterprise_permissions(self.client, self.principal),
            command,
            Some(CONSENT),
        )
    }

    pub(super) fn remove_delegated(&self, name: &str) -> Remedy {
        self.remedy(
            format!("remove the delegated permission {name}, and revoke its consent"),
            |portal| portal.enterprise_permissions(self.client, self.principal),
            None,
            Some(APPLICATIONS),
        )
    }

    pub(super) fn remove_directory_role(&self, name: &str) -> Remedy {
        let action = format!("take the role {name} from the application");
        self.remedy(action, Portal::directory_roles, None, Some(CONSENT))
    }

    /// Assigns a role at scopes.
    pub(super) fn assign_role(&self, role: Uuid, name: &str, scopes: &[String]) -> Remedy {
        let at = scopes.join(" and ");
        let assignee = self.assignee();
        let commands: Vec<String> = scopes
            .iter()
            .map(|scope| format!("az role assignment create {assignee} --role {role} --scope {scope}"))
            .collect();
        self.remedy(
            format!("assign {name} to the application at {at}"),
            |portal| place_of(portal, scopes.first().map_or("", String::as_str)),
            (!commands.is_empty()).then(|| commands.join(" && ")),
            Some(ACCESS),
        )
    }

    pub(super) fn remove_role(&self, name: &str, scope: &str) -> Remedy {
        let command = self
            .principal
            .map(|id| format!("az role assignment delete --assignee {id} --role \"{name}\" --scope {scope}"));
        self.remedy(
            format!("remove the assignment of {name} at {scope}"),
            |portal| place_of(portal, scope),
            command,
            Some(ACCESS),
        )
    }

    pub(super) fn at_scope(&self, action: impl Into<String>, scope: &str) -> Remedy {
        self.remedy(action, |portal| place_of(portal, scope), None, Some(ACCESS))
    }

    pub(super) fn subscription(&self, action: impl Into<String>, id: Uuid) -> Remedy {
        self.remedy(action, |portal| portal.subscription(id), None, None)
    }

    pub(super) fn subscriptions(&self, action: impl Into<String>) -> Remedy {
        let command =
            "az account list --query \"[].{name:name, id:id, tenant:tenantId, state:state}\" --output table";
        self.remedy(action, Portal::subscriptions, Some(command.to_owned()), Some(ACCESS))
    }

    pub(super) fn licence(&self, action: impl Into<String>) -> Remedy {
        self.remedy(action, Portal::licences, None, Some("License Administrator"))
    }

    #[expect(clippy::unused_self, reason = "every remedy is asked for in the same way")]
    pub(super) fn plain(&self, action: impl Into<String>) -> Remedy {
        Remedy { action: action.into(), ..Remedy::default() }
    }

    fn assignee(&self) -> String {
        match self.principal {
            // With the object id the command needs no permission to read the directory.
            Some(id) => format!("--assignee-object-id {id} --assignee-principal-type ServicePrincipal"),
            None => format!("--assignee {}", self.client),
        }
    }
}

fn permission_id(name: &str, grant: Grant) -> Option<Uuid> {
    let permission = permissions::find(name)?;
    match grant {
        Grant::Application => permission.application,
        Grant::Delegated => permission.delegated,
    }
}

fn permission_argument(name: &str, grant: Grant) -> Option<String> {
    let kind = match grant {
        Grant::Application => "Role",
        Grant::Delegated => "Scope",
    };
    Some(format!("{}={kind}", permission_id(name, grant)?))
}

fn place_of(portal: &Portal, scope: &str) -> PortalPlace {
    if let Some(group) = super::judge::access::group_in(scope) {
        return portal.management_group_access(group);
    }
    let subscription =
        scope.strip_prefix("/subscriptions/").and_then(|rest| rest.split('/').next()?.parse().ok());
    subscription.map_or_else(|| portal.subscriptions(), |id| portal.subscription_access(id))
}
