//! What a tenant must have for a connector to work: data, from which validation, guide and setup script are made.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing a tenant must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requirement {
    /// What it is.
    #[serde(flatten)]
    pub need: Need,
    /// What the connector does with it, as a sentence.
    pub why: String,
    /// How much it matters.
    #[serde(default)]
    pub weight: Weight,
    /// Where the vendor asks for more than the feature needs: what would do, as a sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller: Option<Smaller>,
}

/// How much a requirement matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Without it the connector does not work: its absence is a failure.
    #[default]
    Required,
    /// The vendor asks for it, but it has no effect or something is lost at most: its absence is a warning.
    Recommended,
}

/// A smaller set that would do instead of what the vendor asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Smaller {
    /// Names of the permissions or roles that would do; empty: nothing at all is needed.
    pub instead: Vec<String>,
    /// Why, as a sentence.
    pub why: String,
}

/// The kinds of things a tenant can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Need {
    /// A permission of Microsoft Graph, with admin consent.
    GraphPermission {
        /// Its value, such as `User.Read.All`.
        name: String,
        /// Whose right it is.
        grant: Grant,
    },
    /// An Azure role. Whoever may do all of `actions` by other roles has it too.
    AzureRole {
        /// The built-in role's definition id.
        role: Uuid,
        /// Its name.
        name: String,
        /// Where it is needed.
        scope: RoleScope,
        /// Control-plane actions the connector needs of it, such as `Microsoft.Compute/snapshots/write`; a `*`
        /// matches any run of characters. Empty: all that the role allows.
        actions: Vec<String>,
    },
    /// The enterprise application is enabled for sign-in.
    PrincipalEnabled,
    /// The application is an owner of its own registration, so that it may change its own secrets.
    OwnsItself,
    /// Who may use the app registration.
    Audience {
        /// Which tenants.
        audience: Audience,
    },
    /// How the application proves itself, and when its end is told in advance.
    Credential {
        /// Kinds the vendor takes.
        kinds: Vec<CredentialKind>,
        /// How long the vendor proposes it to live, in days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lifetime_days: Option<u32>,
    },
    /// The connection's subscriptions are visible, enabled, and of its tenant.
    ActiveSubscription,
    /// There is no second connection of this connector like it.
    Unique {
        /// In which respect.
        by: UniqueBy,
    },
    /// The application holds no more than it needs.
    NoExcess {
        /// Permissions and roles, by name, that do not count as excess.
        tolerated: Vec<String>,
    },
    /// A licence of the tenant.
    Licence {
        /// Which.
        plan: Plan,
        /// The setting that does without it, as `name=value`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped_by: Option<String>,
    },
    /// Mailbox settings can be read, which Exchange may deny although Graph's permission is there.
    MailboxSettings {
        /// The setting that does without it, as `name=value`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped_by: Option<String>,
    },
}

/// Whose right a Graph permission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// The application's own.
    Application,
    /// A signed-in person's, lent to the application.
    Delegated,
}

/// Where an Azure role is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleScope {
    /// At each subscription of the connection, or above it.
    EachSubscription,
    /// At the connection's management group, or above it; at each subscription where none is given.
    ManagementGroup,
    /// At the tenant's root management group.
    TenantRoot,
}

/// Which tenants an app registration is for (`signInAudience`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Its own only.
    Single,
    /// Any.
    Multiple,
    /// Both will do.
    Either,
}

/// In which respect a connection must be the only one of its connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UniqueBy {
    /// One a tenant.
    Tenant,
    /// One for a tenant and application.
    TenantAndApplication,
    /// Its credential serves no other connection.
    Credential,
}

/// A licence plan of Entra ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// Entra ID P1.
    P1,
    /// Entra ID P2 or Entra ID Governance.
    P2,
}

/// How an application can prove itself to Entra ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A client secret.
    ClientSecret,
    /// A certificate and its private key.
    Certificate,
    /// An assertion of another identity provider, trusted by a federated credential: no secret at all.
    Federated,
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientSecret => "client secret",
            Self::Certificate => "certificate",
            Self::Federated => "federated credential",
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P1 => "Entra ID P1",
            Self::P2 => "Entra ID P2",
        })
    }
}
