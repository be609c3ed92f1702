//! One user, with all properties that a directory sync can ask for.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

/// A short string that is mostly a constant.
pub type Text = Cow<'static, str>;

/// `userType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserType {
    /// Of this tenant.
    Member,
    /// Invited from elsewhere.
    Guest,
}

impl UserType {
    /// As Graph writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Guest => "Guest",
        }
    }
}

/// What a mailbox is for: `mailboxSettings.userPurpose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxPurpose {
    /// A person's mailbox.
    User,
    /// A linked mailbox.
    Linked,
    /// A shared mailbox.
    Shared,
    /// A room.
    Room,
    /// A piece of equipment.
    Equipment,
}

impl MailboxPurpose {
    /// As Graph writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Linked => "linked",
            Self::Shared => "shared",
            Self::Room => "room",
            Self::Equipment => "equipment",
        }
    }
}

/// What directory synchronisation adds to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnPremises {
    /// `onPremisesSecurityIdentifier`
    pub security_identifier: String,
    /// `onPremisesSamAccountName`
    pub sam_account_name: String,
    /// `onPremisesDomainName`
    pub domain_name: Text,
    /// `onPremisesLastSyncDateTime`
    pub last_sync: Timestamp,
}

/// `signInActivity`; needs P1 to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInActivity {
    /// `lastSignInDateTime` (interactive)
    pub last: Timestamp,
    /// `lastSignInRequestId`
    pub last_request: Uuid,
    /// `lastNonInteractiveSignInDateTime`
    pub last_non_interactive: Timestamp,
    /// `lastSuccessfulSignInDateTime`
    pub last_successful: Timestamp,
}

/// A user with all properties that a directory sync can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Graph's own property names in snake case")]
pub struct User {
    pub id: Uuid,
    pub display_name: String,
    pub given_name: Option<Text>,
    pub surname: Option<Text>,
    pub user_principal_name: String,
    pub mail: Option<String>,
    pub mail_nickname: String,
    pub other_mails: Vec<String>,
    pub job_title: Option<Text>,
    pub department: Option<Text>,
    pub company_name: Option<Text>,
    pub office_location: Option<Text>,
    pub mobile_phone: Option<String>,
    pub business_phones: Vec<String>,
    pub preferred_language: Option<Text>,
    pub usage_location: Option<Text>,
    pub employee_id: Option<String>,
    pub account_enabled: bool,
    pub user_type: UserType,
    pub created: Timestamp,
    pub last_password_change: Timestamp,
    /// `PendingAcceptance` or `Accepted`, for guests.
    pub external_user_state: Option<Text>,
    pub on_premises: Option<OnPremises>,
    /// SKU ids.
    pub assigned_licenses: Vec<Uuid>,
    /// None when the user never signed in.
    pub sign_in_activity: Option<SignInActivity>,
    /// None when the user has no mailbox: mailboxSettings then answers 404.
    pub mailbox: Option<MailboxPurpose>,
    /// Whether multi-factor methods are registered.
    pub mfa_registered: bool,
    /// Position of the manager; see [`Users::manager`].
    pub manager: Option<u32>,
}
