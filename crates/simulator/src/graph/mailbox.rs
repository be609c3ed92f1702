//! `/users/{id}/mailboxSettings`.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::permission;
use crate::odata::JsonWriter;
use crate::world::ObjectKind;
use crate::world::users::{MailboxPurpose, Text};

/// `GET /users/{id}/mailboxSettings`
pub(super) fn get(ask: &Ask<'_>) -> Answer {
    authorize(ask)?;
    let user = ask.object(ObjectKind::User, ask.key(0))?;
    let settings = Settings::of(ask, user.position)?;
    let fragment = format!("users('{}')/mailboxSettings", ask.key(0));
    Ok(ask.entity(&fragment, |json| settings.write(json)))
}

/// The permission, and then what Exchange itself says: its application access policies keep apps out of mailboxes.
pub(super) fn authorize(ask: &Ask<'_>) -> Answer<()> {
    ask.need(permission::MAILBOX)?;
    if ask.tenant.policy(ask.call.caller.app_id).mailboxes_denied {
        return Err(GraphError::forbidden(
            "ErrorAccessDenied",
            "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
        ));
    }
    Ok(())
}

/// What is known of a mailbox.
pub(super) struct Settings {
    purpose: MailboxPurpose,
    language: Text,
}

impl Settings {
    /// The settings of the user at a position; 404 when the user has no mailbox (azure.md 2.4).
    pub(super) fn of(ask: &Ask<'_>, position: u32) -> Answer<Self> {
        let user = ask.tenant.users.at(position).ok_or_else(|| GraphError::not_found(ask.key(0)))?;
        let purpose = user.mailbox.ok_or_else(|| {
            GraphError::absent(
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            )
        })?;
        let language = user.preferred_language.clone().unwrap_or(Text::Borrowed("en-US"));
        Ok(Self { purpose, language })
    }

    /// Writes the members into an open object.
    pub(super) fn write(&self, json: &mut JsonWriter) {
        json.string_member("archiveFolder", "");
        json.string_member("timeZone", "UTC");
        json.string_member("delegateMeetingMessageDeliveryOptions", "sendToDelegateOnly");
        json.string_member("dateFormat", "yyyy-MM-dd");
        json.string_member("timeFormat", "HH:mm");
        json.string_member("userPurpose", self.purpose.as_str());
        json.object_member("automaticRepliesSetting", |json| {
            json.string_member("status", "disabled");
            json.string_member("externalAudience", "all");
            json.string_member("internalReplyMessage", "");
            json.string_member("externalReplyMessage", "");
        });
        json.object_member("language", |json| {
            json.string_member("locale", &self.language);
            json.string_member("displayName", &self.language);
        });
        json.object_member("workingHours", |json| {
            json.strings_member("daysOfWeek", ["monday", "tuesday", "wednesday", "thursday", "friday"]);
            json.string_member("startTime", "08:00:00.0000000");
            json.string_member("endTime", "17:00:00.0000000");
            json.object_member("timeZone", |json| json.string_member("name", "UTC"));
        });
    }
}
