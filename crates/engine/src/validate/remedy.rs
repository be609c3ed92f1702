//! What to do about a finding: where to click, what to paste, and which role that takes.

use fairlead_azure::{Endpoints, known, permissions, portal::Portal};
use fairlead_model::{Api, Cloud, Connection, ConnectionId, Grant, PortalPlace, Remedy};
use uuid::Uuid;

use crate::quote;

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
    endpoints: Option<Endpoints>,
    connection: ConnectionId,
    client: Uuid,
    principal: Option<Uuid>,
}

impl Remedies {
    pub(super) fn of(connection: &Connection, principal: Option<Uuid>) -> Self {
        Self {
            portal: Portal::of(&connection.cloud, &connection.tenant).ok(),
            endpoints: Endpoints::of(&connection.cloud).ok(),
            connection: connection.id.clone(),
            client: connection.client_id,
            principal,
        }
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

    /// `fairlead connections VERB NAME`, with options.
    fn fairlead(&self, verb: &str, options: &[&str]) -> String {
        let words = ["fairlead", "connections", verb, self.connection.as_str()];
        quote::command(words.iter().chain(options))
    }

    /// What is wrong is what the connection says.
    pub(super) fn edit(&self, action: impl Into<String>, options: &[&str]) -> Remedy {
        Remedy { command: Some(self.fairlead("edit", options)), ..self.plain(action) }
    }

    pub(super) fn tenant_id(&self) -> Remedy {
        let commands = [
            "az account show --query tenantId --output tsv".to_owned(),
            self.fairlead("edit", &["--tenant", "TENANT-ID"]),
        ];
        self.remedy(
            "copy \"Directory (tenant) ID\" from the app registration's overview page into the connection",
            // The portal would look for the tenant that is not there.
            |portal| portal.of_any_tenant().registrations(),
            Some(commands.join("\n")),
            None,
        )
    }

    /// The cloud is another one than the connection says: which, if that is known.
    pub(super) fn cloud(&self, home: Option<&Cloud>) -> Remedy {
        match home {
            Some(cloud) => {
                let name = cloud.to_string();
                self.edit(format!("give the connection the cloud {name}"), &["--cloud", &name])
            }
            None => self.edit("give the connection the cloud the tenant lives in", &["--cloud", "CLOUD"]),
        }
    }

    pub(super) fn network(&self) -> Remedy {
        self.plain("check this machine's network, proxy and the connection's cloud, then validate again")
    }

    pub(super) fn later(&self) -> Remedy {
        self.plain("validate again in a few minutes")
    }

    pub(super) fn client_id(&self) -> Remedy {
        let commands = [
            "az ad app list --all --query \"[].{name:displayName, clientId:appId}\" --output table"
                .to_owned(),
            self.fairlead("edit", &["--client-id", "CLIENT-ID"]),
        ];
        self.remedy(
            "copy \"Application (client) ID\" from the app registration's overview page into the connection",
            Portal::registrations,
            Some(commands.join("\n")),
            None,
        )
    }

    pub(super) fn right_client_id(&self, id: Uuid) -> Remedy {
        self.remedy(
            format!("give the connection the application (client) id {id}"),
            |portal| portal.registration(id),
            Some(self.fairlead("edit", &["--client-id", &id.to_string()])),
            None,
        )
    }

    /// A new client secret, made and handed over.
    pub(super) fn secret(&self, action: &str) -> Remedy {
        let make = format!(
            "az ad app credential reset --id {} --append --display-name Fairlead --query password --output tsv",
            self.client
        );
        let command = format!("{make}\n{}", self.fairlead("rotate", &[]));
        self.remedy(action, |portal| portal.credentials(self.client), Some(command), Some(APPLICATIONS))
    }

    /// Another certificate, handed over.
    pub(super) fn certificate(&self, action: &str) -> Remedy {
        let command = self.fairlead("rotate", &["--certificate", "FILE"]);
        Remedy { command: Some(command), ..self.credentials(action) }
    }

    pub(super) fn credentials(&self, action: &str) -> Remedy {
        self.remedy(action, |portal| portal.credentials(self.client), None, Some(APPLICATIONS))
    }

    /// A registration that may send a secret.
    pub(super) fn confidential(&self) -> Remedy {
        let command = format!("az ad app update --id {} --is-fallback-public-client false", self.client);
        self.remedy(
            "under Authentication, set \"Allow public client flows\" to No",
            |portal| portal.audience(self.client),
            Some(command),
            Some(APPLICATIONS),
        )
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

    /// The service itself, not the application, is what the tenant does not let anybody use; `known` where the tenant
    /// has it at all.
    pub(super) fn enable_service(&self, api: Api, known: bool) -> Remedy {
        let service = match api {
            Api::Graph => known::GRAPH,
            Api::ResourceManager => known::RESOURCE_MANAGER,
            Api::Storage => known::STORAGE,
            Api::Kubernetes => known::KUBERNETES,
        };
        let (action, command) = if known {
            let command = format!("az ad sp update --id {service} --set accountEnabled=true");
            (format!("enable {api} in the tenant: \"Enabled for users to sign-in\""), command)
        } else {
            (format!("create the enterprise application of {api}"), format!("az ad sp create --id {service}"))
        };
        let place = |portal: &Portal| portal.enterprise_properties(service, None);
        self.remedy(action, place, Some(command), Some(APPLICATIONS))
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

    /// Takes back the request on the registration, and the consent, which outlives it.
    pub(super) fn remove_permission(&self, name: &str) -> Remedy {
        let id = permission_id(name, Grant::Application);
        let command = id.map(|id| {
            let (client, graph) = (self.client, known::GRAPH);
            let request =
                format!("az ad app permission delete --id {client} --api {graph} --api-permissions {id}");
            [Some(request), self.revoke(id)].into_iter().flatten().collect::<Vec<_>>().join("\n")
        });
        self.remedy(
            format!("remove the permission {name}, and revoke its admin consent"),
            |portal| portal.enterprise_permissions(self.client, self.principal),
            command,
            Some(CONSENT),
        )
    }

    /// The command that revokes the consent to an application permission of Graph.
    fn revoke(&self, permission: Uuid) -> Option<String> {
        let (endpoints, principal) = (self.endpoints.as_ref()?, self.principal?);
        let consents = format!("{}/v1.0/servicePrincipals/{principal}/appRoleAssignments", endpoints.graph);
        let resource = quote::shell(&endpoints.graph_audience);
        let (all, one) = (quote::shell(&consents), quote::shell(&format!("{consents}/CONSENT")));
        Some(format!(
            "az rest --method get --url {all} --resource {resource} \
             --query \"value[?appRoleId=='{permission}'].id\" --output tsv | \
             xargs -I CONSENT az rest --method delete --url {one} --resource {resource}"
        ))
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
            .map(|scope| {
                let scope = quote::shell(scope);
                format!("az role assignment create {assignee} --role {role} --scope {scope}")
            })
            .collect();
        self.remedy(
            format!("assign {name} to the application at {at}"),
            |portal| place_of(portal, scopes.first().map_or("", String::as_str)),
            (!commands.is_empty()).then(|| commands.join(" && ")),
            Some(ACCESS),
        )
    }

    /// Assigns a role where no subscription is known: the list first, to choose from.
    pub(super) fn assign_somewhere(&self, action: impl Into<String>, role: Option<Uuid>) -> Remedy {
        let listed = self.subscriptions(action);
        let assign = role.map(|role| {
            format!("az role assignment create {} --role {role} --scope /subscriptions/ID", self.assignee())
        });
        let command = [listed.command.clone(), assign].into_iter().flatten().collect::<Vec<_>>().join("\n");
        Remedy { command: Some(command), ..listed }
    }

    /// Takes a role away: by its id, since a tenant calls its own roles what it likes.
    pub(super) fn remove_role(&self, role: Uuid, name: &str, scope: &str) -> Remedy {
        let command = self.principal.map(|id| {
            let scope = quote::shell(scope);
            format!("az role assignment delete --assignee {id} --role {role} --scope {scope}")
        });
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

    pub(super) fn remove_connection(&self, action: impl Into<String>) -> Remedy {
        Remedy { command: Some(self.fairlead("remove", &[])), ..self.plain(action) }
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
