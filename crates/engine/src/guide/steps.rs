//! The steps as a person clicks them.

use fairlead_azure::{permissions, portal::Portal, roles};
use fairlead_model::{Audience, CredentialKind, PortalPlace};

use super::{
    Draft, GuideOptions, Item, Step, StepId,
    plan::{Permission, Places, Role},
};
use crate::quote;

/// May register applications and change what is registered.
const APPLICATIONS: &str = "Cloud Application Administrator";
/// May consent to application permissions of Microsoft Graph. Application administrators may not.
const CONSENT: &str = "Privileged Role Administrator or Global Administrator";
/// May assign Azure roles.
const ACCESS: &str = "Owner, User Access Administrator or Role Based Access Control Administrator";

pub(super) fn of(draft: &Draft, options: &GuideOptions<'_>, portal: &Portal) -> Vec<Step> {
    let maker = Maker { draft, options, portal };
    [
        Some(maker.register()),
        Some(maker.credential()),
        maker.permissions(),
        maker.consent(),
        Some(maker.enable()),
        maker.own(),
        maker.roles(),
        maker.rest(),
        Some(maker.connect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

struct Maker<'a> {
    draft: &'a Draft,
    options: &'a GuideOptions<'a>,
    portal: &'a Portal,
}

impl Maker<'_> {
    /// A page of the app registration; before it exists, the list it will be in.
    fn page(&self, of: impl FnOnce(&Portal, uuid::Uuid) -> PortalPlace, name: &str) -> PortalPlace {
        if let Some(id) = self.options.client_id {
            return of(self.portal, id);
        }
        let list = self.portal.registrations();
        PortalPlace { path: format!("{} > {} > {name}", list.path, self.draft.name), url: list.url }
    }

    fn register(&self) -> Step {
        let (audience, why) = match self.draft.plan.audience {
            Audience::Multiple => (
                "Accounts in any organizational directory (Multitenant)",
                "The product signs in from a tenant of its own, which only a multitenant application allows.",
            ),
            Audience::Single | Audience::Either => (
                "Accounts in this organizational directory only (Single tenant)",
                "The product signs in as this application. For one tenant alone, nobody else's can ever use it.",
            ),
        };
        Step {
            id: StepId::Register,
            title: "Register an application".to_owned(),
            why: self.draft.plan.audience_why.clone().unwrap_or_else(|| why.to_owned()),
            place: Some(self.portal.new_registration()),
            needs_role: Some(format!("{APPLICATIONS}, or Application Developer")),
            clicks: vec![
                format!("Name: {}", self.draft.name),
                format!("Supported account types: {audience}"),
                "Redirect URI: leave it empty".to_owned(),
                "Register".to_owned(),
                "From the overview, copy \"Application (client) ID\" and \"Directory (tenant) ID\"".to_owned(),
            ],
            items: Vec::new(),
            traps: vec![
                "\"Object ID\", on the same page, is not the application's id: it signs nobody in.".to_owned(),
                "Both ids look alike: an application id in the field of the directory id is the usual mix-up."
                    .to_owned(),
            ],
        }
    }

    fn credential(&self) -> Step {
        let (title, clicks, traps) = match self.draft.credential {
            CredentialKind::ClientSecret => self.client_secret(),
            CredentialKind::Certificate => (
                "Upload a certificate",
                vec![
                    "Certificates > Upload certificate".to_owned(),
                    "Choose the certificate without its private key (.cer, .pem or .crt)".to_owned(),
                    format!("Description: {}", self.draft.name),
                    "Add".to_owned(),
                ],
                vec!["The private key stays with Fairlead: never upload a .pfx.".to_owned()],
            ),
            CredentialKind::Federated => self.federated(),
        };
        Step {
            id: StepId::Credential,
            title: title.to_owned(),
            why: "With it the application proves itself when it signs in.".to_owned(),
            place: Some(self.page(Portal::credentials, "Certificates & secrets")),
            needs_role: Some(format!("{APPLICATIONS}, or owner of the application")),
            clicks,
            items: Vec::new(),
            traps,
        }
    }

    fn client_secret(&self) -> (&'static str, Vec<String>, Vec<String>) {
        let expires = match self.draft.plan.lifetime_days {
            Some(days) => format!("Expires: {}", lifetime(days)),
            None => "Expires: 180 days is what Microsoft recommends; 24 months is the most".to_owned(),
        };
        let clicks = vec![
            "Client secrets > New client secret".to_owned(),
            format!("Description: {}", self.draft.name),
            expires,
            "Add".to_owned(),
            "Copy \"Value\" at once".to_owned(),
        ];
        let traps = vec![
            "Copy the Value, not the Secret ID beside it: an id is 36 characters with four hyphens."
                .to_owned(),
            "The value is shown only now. Once the page is left, all there is to do is make another."
                .to_owned(),
            "From the day it expires nothing is collected any more: note the date in the connection."
                .to_owned(),
        ];
        ("Make a client secret", clicks, traps)
    }

    fn federated(&self) -> (&'static str, Vec<String>, Vec<String>) {
        let mut clicks =
            vec!["Federated credentials > Add credential".to_owned(), "Scenario: Other issuer".to_owned()];
        if let Some(federation) = &self.draft.federation {
            clicks.push(format!("Issuer: {}", federation.issuer));
            clicks.push(format!("Subject identifier: {}", federation.subject));
            clicks.push(format!("Audience: {}", self.draft.audience(federation)));
        }
        clicks.push(format!("Name: {}", self.draft.federation_name()));
        clicks.push("Add".to_owned());
        let traps = vec![
            "Issuer, subject and audience are compared letter by letter, case and last slash included."
                .to_owned(),
            "It takes some minutes until a new one works.".to_owned(),
        ];
        ("Trust an identity provider instead of a secret", clicks, traps)
    }

    fn permissions(&self) -> Option<Step> {
        let plan = &self.draft.plan;
        let items: Vec<_> = plan.application.iter().chain(&plan.delegated).map(item).collect();
        if items.is_empty() {
            return None;
        }
        let mut clicks = vec!["Add a permission > Microsoft Graph".to_owned()];
        for (kind, asked) in [("Application", &plan.application), ("Delegated", &plan.delegated)] {
            if !asked.is_empty() {
                let names: Vec<_> = asked.iter().map(|it| it.name).collect();
                clicks.push(format!("{kind} permissions: {}", names.join(", ")));
            }
        }
        clicks.push("Add permissions".to_owned());
        let mut traps = vec![
            "Choose Microsoft Graph, not Azure Active Directory Graph: the same names there give nothing."
                .to_owned(),
        ];
        if !plan.application.is_empty() {
            traps.push(
                "The same names exist as delegated permissions, which give an application on its own nothing: see \
                 that \"Type\" says Application."
                    .to_owned(),
            );
        }
        Some(Step {
            id: StepId::Permissions,
            title: "Ask for permissions of Microsoft Graph".to_owned(),
            why: "They decide what the application may read or change in the directory.".to_owned(),
            place: Some(self.page(Portal::api_permissions, "API permissions")),
            needs_role: Some(format!("{APPLICATIONS}, or owner of the application")),
            clicks,
            items,
            traps,
        })
    }

    fn consent(&self) -> Option<Step> {
        let plan = &self.draft.plan;
        if plan.application.is_empty() && plan.delegated.is_empty() {
            return None;
        }
        let role = if plan.application.is_empty() { APPLICATIONS } else { CONSENT };
        let strong: Vec<_> = plan
            .application
            .iter()
            .filter_map(|it| {
                Some(format!("With {} the application can {}.", it.name, permissions::escalation(it.name)?))
            })
            .collect();
        let mut traps = vec![
            "A permission that is asked for and not consented to gives nothing: each line's status must say \
             \"Granted\"."
                .to_owned(),
            "Cloud Application Administrators see the button, but may not consent to application permissions of \
             Microsoft Graph."
                .to_owned(),
        ];
        traps.extend(strong);
        Some(Step {
            id: StepId::Consent,
            title: "Consent for the whole tenant".to_owned(),
            why: "Until an administrator consents, the permissions are only asked for.".to_owned(),
            place: Some(self.page(Portal::api_permissions, "API permissions")),
            needs_role: Some(role.to_owned()),
            clicks: vec!["Grant admin consent for the tenant > Yes".to_owned()],
            items: Vec::new(),
            traps,
        })
    }

    fn enable(&self) -> Step {
        let place = match self.options.client_id {
            Some(id) => self.portal.enterprise_properties(id, None),
            None => PortalPlace {
                path: format!(
                    "Enterprise applications > All applications > {} > Properties",
                    self.draft.name
                ),
                url: self.portal.enterprise_properties(uuid::Uuid::nil(), None).url,
            },
        };
        Step {
            id: StepId::Enable,
            title: "See that its enterprise application is enabled".to_owned(),
            why: "Nobody signs in as an application that is disabled, whatever its secret.".to_owned(),
            place: Some(place),
            needs_role: Some(APPLICATIONS.to_owned()),
            clicks: vec!["Enabled for users to sign-in: Yes".to_owned(), "Save".to_owned()],
            items: Vec::new(),
            traps: vec![
                "It is another page than the app registration, although it has the same name.".to_owned(),
            ],
        }
    }

    fn own(&self) -> Option<Step> {
        let why = self.draft.plan.owns_itself.clone()?;
        let client = self.options.client_id.map_or_else(|| "CLIENT-ID".to_owned(), |id| id.to_string());
        let principal = format!("$(az ad sp show --id {client} --query id --output tsv)");
        Some(Step {
            id: StepId::Own,
            title: "Make it an owner of itself".to_owned(),
            why,
            place: None,
            needs_role: Some(APPLICATIONS.to_owned()),
            clicks: vec![format!("az ad app owner add --id {client} --owner-object-id {principal}")],
            items: Vec::new(),
            traps: vec![
                "The portal offers people only: an application is made an owner by a command or a script."
                    .to_owned(),
            ],
        })
    }

    fn roles(&self) -> Option<Step> {
        let assigned = &self.draft.plan.roles;
        let first = assigned.first()?;
        let strong = assigned.iter().filter_map(|role| {
            let can = roles::escalation(role.id)?;
            Some(format!("With {} the application can {can}.", role.name))
        });
        let mut traps = vec![
            "A resource group's own Access control looks the same: a role assigned there reaches nothing else."
                .to_owned(),
            "It takes up to ten minutes until a new role works.".to_owned(),
            "An eligible assignment (PIM) gives an application nothing: choose Active and Permanent.".to_owned(),
        ];
        traps.extend(strong);
        if assigned.iter().any(|role| role.places == Places::Root) {
            traps.push(
                "At the root management group even a Global Administrator may assign roles only after switching on \
                 \"Access management for Azure resources\" under the tenant's Properties; switch it off again \
                 afterwards."
                    .to_owned(),
            );
        }
        Some(Step {
            id: StepId::Roles,
            title: "Assign Azure roles".to_owned(),
            why: "They decide what the application may see or do with the resources of subscriptions."
                .to_owned(),
            place: self.places_of(first).into_iter().next().map(|(_, place)| place),
            needs_role: Some(format!("{ACCESS} at the same place")),
            clicks: vec![
                "Add > Add role assignment".to_owned(),
                "Role: one of those below; then Next".to_owned(),
                format!(
                    "Members: User, group, or service principal > Select members > search for {}",
                    match self.options.client_id {
                        // What a connected application is called, only its tenant knows.
                        Some(id) => format!("the name of application {id}"),
                        None => format!("{} by its whole name", self.draft.name),
                    }
                ),
                "Review + assign; the same again for each role and place".to_owned(),
            ],
            items: assigned.iter().flat_map(|role| self.role_items(role)).collect(),
            traps,
        })
    }

    fn role_items(&self, role: &Role) -> Vec<Item> {
        let item = |(at, place)| Item {
            name: role.name.clone(),
            at: Some(at),
            place: Some(place),
            why: if role.optional { format!("(recommended) {}", role.why) } else { role.why.clone() },
        };
        self.places_of(role).into_iter().map(item).collect()
    }

    fn places_of(&self, role: &Role) -> Vec<(String, PortalPlace)> {
        match &role.places {
            Places::Subscriptions(ids) => ids
                .iter()
                .map(|id| (format!("subscription {id}"), self.portal.subscription_access(*id)))
                .collect(),
            Places::ChosenSubscriptions => {
                vec![("each subscription to be covered".to_owned(), self.portal.subscriptions())]
            }
            Places::ManagementGroup(name) => {
                vec![(format!("management group {name}"), self.portal.management_group_access(name))]
            }
            Places::Root => vec![("the root management group".to_owned(), self.portal.management_groups())],
        }
    }

    fn rest(&self) -> Option<Step> {
        let plan = &self.draft.plan;
        let needs: Vec<_> = plan.licences.iter().chain(&plan.mailbox).collect();
        if needs.is_empty() {
            return None;
        }
        let clicks = needs.iter().map(|it| match &it.skipped_by {
            Some(setting) => format!("{}; or connect with --set {setting}, which does without", it.what),
            None => it.what.clone(),
        });
        let item = |what: &str, why: &str| Item {
            name: what.to_owned(),
            at: None,
            place: None,
            why: why.to_owned(),
        };
        Some(Step {
            id: StepId::Rest,
            title: "See what the tenant has beside".to_owned(),
            why: "Parts of what is collected exist only with these.".to_owned(),
            place: (!plan.licences.is_empty()).then(|| self.portal.licences()),
            needs_role: Some("Global Reader".to_owned()),
            clicks: clicks.collect(),
            items: needs.iter().map(|it| item(&it.what, &it.why)).collect(),
            traps: Vec::new(),
        })
    }

    fn connect(&self) -> Step {
        let command = quote::command(self.draft.connect_command_for_people());
        let placeholders = self.draft.placeholders();
        let replace = format!("In place of {}, give what was noted above", placeholders.join(" and "));
        let secret = match self.draft.credential {
            CredentialKind::ClientSecret => "Paste the secret's value when it is asked for",
            CredentialKind::Certificate => "The certificate is given with its private key, PEM or PKCS#12",
            CredentialKind::Federated => {
                "The file holds the assertion; a program that prints it does too: --federated-token-command"
            }
        };
        let validate = format!("fairlead validate {}", self.draft.connection);
        let replace = (!placeholders.is_empty()).then_some(replace);
        let clicks = [Some(command), replace, Some(secret.to_owned()), Some(validate)];
        Step {
            id: StepId::Connect,
            title: "Hand it to Fairlead, and validate".to_owned(),
            why: "Validation looks at each of the steps above and says which is missing.".to_owned(),
            place: None,
            needs_role: None,
            clicks: clicks.into_iter().flatten().collect(),
            items: Vec::new(),
            traps: vec![
                "Never write a secret into the command itself: it would stay in the shell's history."
                    .to_owned(),
            ],
        }
    }
}

fn item(permission: &Permission) -> Item {
    Item { name: permission.name.to_owned(), at: None, place: None, why: permission.why.clone() }
}

/// A lifetime as the portal's list offers it.
fn lifetime(days: u32) -> String {
    match days {
        90 => "90 days (3 months)".to_owned(),
        180 => "180 days (6 months)".to_owned(),
        365 => "365 days (12 months)".to_owned(),
        545 => "545 days (18 months)".to_owned(),
        730 => "730 days (24 months)".to_owned(),
        other => format!("Custom, {other} days from today"),
    }
}
