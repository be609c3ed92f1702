//! The table: scenario, connector, what a person typed, and every finding that is not as it should be.

use fairlead_model::{FindingOutcome, Mode};

pub(crate) const TENANT: &str = "10000000-0000-4000-8000-000000000001";
pub(crate) const OTHER_TENANT: &str = "10000000-0000-4000-8000-000000000002";
pub(crate) const CLIENT: &str = "20000000-0000-4000-8000-000000000001";
pub(crate) const OTHER_CLIENT: &str = "20000000-0000-4000-8000-000000000002";
pub(crate) const WITNESS: &str = "20000000-0000-4000-8000-000000000003";
pub(crate) const SECRET: &str = "Onb8Q~of-the-application-that-is-tested-";
pub(crate) const OTHER_SECRET: &str = "Two8Q~of-another-application-of-this-one";
pub(crate) const WITNESS_SECRET: &str = "Wit8Q~of-a-connection-that-may-look-here";
pub(crate) const SUBSCRIPTION: &str = "60000000-0000-4000-8000-000000000001";

const SECOND: &str = "60000000-0000-4000-8000-000000000002";
const NOWHERE: &str = "60000000-0000-4000-8000-000000000009";
const ELSEWHERE: &str = "60000000-0000-4000-8000-00000000000f";

const CADO: &str = "cado";
const CLOUDCRAFT: &str = "cloudcraft";
const ENTITLEMENTS: &str = "segura-entitlements";
const IAM: &str = "segura-iam";
const C1: &str = "c1";

/// What signs the connection in.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    Secret(&'static str),
    /// A certificate nobody uploaded.
    Certificate,
    /// An assertion of this subject, issued by `https://issuer.example`.
    Assertion(&'static str),
}

/// Another connection of the registry.
#[derive(Clone, Copy)]
pub(crate) struct Other {
    pub(crate) tenant: &'static str,
    pub(crate) client: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) connector: &'static str,
}

/// One line of the table.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    pub(crate) connector: &'static str,
    pub(crate) mode: Mode,
    pub(crate) settings: &'static str,
    pub(crate) tenant: &'static str,
    pub(crate) client: &'static str,
    pub(crate) proof: Proof,
    pub(crate) subscriptions: &'static [&'static str],
    pub(crate) management_group: Option<&'static str>,
    pub(crate) others: &'static [Other],
    /// Whether somebody told when the secret ends.
    pub(crate) expiry_told: bool,
    /// Whether the connection was changed a moment ago.
    pub(crate) young: bool,
    /// Whether requests are sent again, so that their number says nothing.
    pub(crate) rough: bool,
    pub(crate) wrong: Vec<Wrong>,
}

/// A finding's id, subject and outcome.
pub(crate) type Wrong = (&'static str, &'static str, FindingOutcome);

const fn fail(id: &'static str) -> Wrong {
    (id, "", FindingOutcome::Fail)
}

const fn fails(id: &'static str, subject: &'static str) -> Wrong {
    (id, subject, FindingOutcome::Fail)
}

const fn warns(id: &'static str, subject: &'static str) -> Wrong {
    (id, subject, FindingOutcome::Warn)
}

const fn waits(id: &'static str, subject: &'static str) -> Wrong {
    (id, subject, FindingOutcome::Waiting)
}

const fn unknown(id: &'static str, subject: &'static str) -> Wrong {
    (id, subject, FindingOutcome::Unknown)
}

impl Row {
    fn new(scenario: &'static str, connector: &'static str, wrong: &[Wrong]) -> Self {
        Self {
            scenario,
            connector,
            mode: Mode::Read,
            settings: "{}",
            tenant: TENANT,
            client: CLIENT,
            proof: Proof::Secret(SECRET),
            subscriptions: &[SUBSCRIPTION],
            management_group: None,
            others: &[],
            expiry_told: true,
            young: false,
            rough: false,
            wrong: wrong.to_vec(),
        }
    }

    fn writing(self) -> Self {
        Self { mode: Mode::ReadWrite, ..self }
    }

    fn settings(self, settings: &'static str) -> Self {
        Self { settings, ..self }
    }

    fn typed(self, tenant: &'static str, client: &'static str) -> Self {
        Self { tenant, client, ..self }
    }

    fn proof(self, proof: Proof) -> Self {
        Self { proof, ..self }
    }

    fn at(self, subscriptions: &'static [&'static str]) -> Self {
        Self { subscriptions, ..self }
    }

    fn of_group(self, management_group: &'static str) -> Self {
        Self { subscriptions: &[], management_group: Some(management_group), ..self }
    }

    fn beside(self, others: &'static [Other]) -> Self {
        Self { others, ..self }
    }

    fn young(self) -> Self {
        Self { young: true, ..self }
    }

    fn untold(self) -> Self {
        Self { expiry_told: false, ..self }
    }

    fn rough(self) -> Self {
        Self { rough: true, ..self }
    }
}

/// A tenant in which nothing is wrong, for each connector and mode.
pub(crate) fn correct() -> Vec<Row> {
    vec![
        Row::new("correct-cado", CADO, &[]),
        Row::new("correct-cado", CADO, &[]).writing(),
        Row::new("correct-cloudcraft", CLOUDCRAFT, &[]),
        Row::new("correct-segura-entitlements-read", ENTITLEMENTS, &[]),
        Row::new("correct-segura-entitlements-read-write", ENTITLEMENTS, &[]).writing(),
        Row::new("correct-segura-iam", IAM, &[]),
        Row::new("correct-segura-iam", IAM, &[]).writing(),
        Row::new("correct-c1-read", C1, &[]),
        Row::new("correct-c1-read-write", C1, &[]).writing(),
        Row::new("correct-c1-without-p2", C1, &[]).settings(r#"{"skip-entra-id-p2-license-features":true}"#),
        Row::new("tenant-domain", CLOUDCRAFT, &[]).typed("contoso.example", CLIENT),
        Row::new("audience-unknown", CADO, &[]),
        Row::new("audience-vendor", CADO, &[]),
        Row::new("role-through-group", CLOUDCRAFT, &[]),
        Row::new("role-through-management-group", CLOUDCRAFT, &[]),
        Row::new("role-equivalent", CLOUDCRAFT, &[]),
        Row::new("credential-odd", CLOUDCRAFT, &[])
            .proof(Proof::Secret("5f3c1d1e-8d5e-4a6c-9c1a-0d3b5a7e9f10")),
    ]
}

/// What keeps an application from signing in.
pub(crate) fn signing_in() -> Vec<Row> {
    const IN_THIS_TENANT: &[Other] =
        &[Other { tenant: TENANT, client: WITNESS, secret: WITNESS_SECRET, connector: C1 }];
    const IN_ANOTHER: &[Other] =
        &[Other { tenant: OTHER_TENANT, client: WITNESS, secret: WITNESS_SECRET, connector: C1 }];
    const OF_ANOTHER: &[Other] =
        &[Other { tenant: TENANT, client: OTHER_CLIENT, secret: OTHER_SECRET, connector: C1 }];
    let cloudcraft = |scenario, wrong: &[Wrong]| Row::new(scenario, CLOUDCRAFT, wrong);
    vec![
        cloudcraft("tenant-unknown", &[fail("tenant.unknown")])
            .typed("10000000-0000-4000-8000-000000000009", CLIENT),
        cloudcraft("tenant-other-cloud", &[fail("tenant.other-cloud")]),
        // Nobody else is asked about a tenant of a custom cloud, which the simulator is.
        cloudcraft("tenant-other-cloud-china", &[fail("tenant.unknown")]),
        cloudcraft("client-id-same-as-tenant", &[fail("client-id.same-as-tenant")]).typed(TENANT, TENANT),
        cloudcraft("client-id-swapped", &[fail("client-id.swapped")]).typed(CLIENT, TENANT),
        cloudcraft("client-id-unknown", &[fail("client-id.unknown")])
            .typed(TENANT, "20000000-0000-4000-8000-000000000009"),
        cloudcraft("client-id-object-id", &[fail("client-id.object-id")])
            .typed(TENANT, "30000000-0000-4000-8000-000000000001")
            .beside(IN_THIS_TENANT),
        cloudcraft("client-id-principal-id", &[fail("client-id.object-id")])
            .typed(TENANT, "40000000-0000-4000-8000-000000000001")
            .beside(IN_THIS_TENANT),
        cloudcraft("client-id-other-tenant", &[fail("client-id.other-tenant")])
            .typed(TENANT, OTHER_CLIENT)
            .proof(Proof::Secret(OTHER_SECRET))
            .beside(IN_ANOTHER),
        cloudcraft("credential-secret-id", &[fail("credential.secret-id")])
            .proof(Proof::Secret("50000000-0000-4000-8000-000000000001")),
        cloudcraft("credential-damaged", &[fail("credential.damaged")])
            .proof(Proof::Secret("Onb8Q~of-t\u{200b}he-application-that-is-tested-")),
        cloudcraft("credential-damaged", &[fail("credential.damaged")])
            .proof(Proof::Secret("Onb8Q~**********")),
        cloudcraft("credential-damaged", &[fail("credential.damaged")]).proof(Proof::Secret("Onb8Q~of-t")),
        cloudcraft("credential-wrong", &[fail("credential.wrong")])
            .proof(Proof::Secret("Wro8Q~nobody-has-ever-made-this-secret-x")),
        cloudcraft("credential-just-made", &[fail("credential.wrong")]).young(),
        cloudcraft("credential-other-application", &[fail("credential.other-application")])
            .proof(Proof::Secret(OTHER_SECRET))
            .beside(OF_ANOTHER),
        cloudcraft("credential-expired", &[fail("credential.expired")]),
        cloudcraft("credential-kind", &[fail("credential.kind")]),
        Row::new("credential-certificate-unknown", CADO, &[fail("credential.certificate-unknown")])
            .proof(Proof::Certificate),
        Row::new("credential-assertion-audience", C1, &[fail("credential.assertion-audience")])
            .proof(Proof::Assertion("workload:sync")),
        Row::new("credential-assertion-issuer", C1, &[fail("credential.assertion-issuer")])
            .proof(Proof::Assertion("workload:sync")),
        Row::new("credential-assertion-subject", C1, &[fail("credential.assertion-subject")])
            .proof(Proof::Assertion("workload:sync")),
        Row::new("principal-disabled", CADO, &[fail("principal.disabled")]),
        cloudcraft("principal-disabled-by-microsoft", &[fail("principal.disabled-by-microsoft")]),
        cloudcraft("principal-missing", &[fail("principal.missing")]),
        cloudcraft("sign-in-blocked", &[fail("sign-in.blocked")]),
        cloudcraft(
            "sign-in-service-unusable",
            &[fails("sign-in.service-unusable", "Azure Resource Manager")],
        ),
        cloudcraft("sign-in-throttled", &[unknown("sign-in.throttled", "")]).rough(),
        cloudcraft("sign-in-transient", &[unknown("sign-in.unreachable", "")]).rough(),
    ]
}

/// What the directory shows.
pub(crate) fn directory() -> Vec<Row> {
    const ALL: &[Wrong] = &[
        fails("permission.missing", "Application.Read.All"),
        fails("permission.missing", "AuditLog.Read.All"),
        fails("permission.missing", "Directory.Read.All"),
        fails("permission.missing", "Group.Read.All"),
        fails("permission.missing", "RoleManagement.Read.Directory"),
        fails("permission.missing", "User.Read.All"),
        fails("permission.missing", "UserAuthenticationMethod.Read.All"),
    ];
    const ALL_YOUNG: &[Wrong] = &[
        waits("permission.missing", "Application.Read.All"),
        waits("permission.missing", "AuditLog.Read.All"),
        waits("permission.missing", "Directory.Read.All"),
        waits("permission.missing", "Group.Read.All"),
        waits("permission.missing", "RoleManagement.Read.Directory"),
        waits("permission.missing", "User.Read.All"),
        waits("permission.missing", "UserAuthenticationMethod.Read.All"),
    ];
    let entitlements = |scenario, wrong: &[Wrong]| Row::new(scenario, ENTITLEMENTS, wrong);
    vec![
        entitlements("credential-expiring-30", &[warns("credential.expiring", "30")]),
        entitlements("credential-expiring-14", &[warns("credential.expiring", "14")]),
        entitlements("credential-expiring-7", &[warns("credential.expiring", "7")]),
        entitlements("credential-expiring-1", &[warns("credential.expiring", "1")]),
        entitlements("credential-expiring-one-of-two", &[warns("credential.expiring", "14")]),
        Row::new("credential-expiry-unknown", CLOUDCRAFT, &[unknown("credential.expiry-unknown", "")])
            .untold(),
        Row::new(
            "audience-single",
            CADO,
            &[fail("audience.single"), warns("permission.excess", "Application.Read.All")],
        ),
        entitlements("permission-missing", &[fails("permission.missing", "AuditLog.Read.All")]),
        entitlements("permission-missing-all", ALL),
        entitlements("permission-not-consented", &[fails("permission.not-consented", "AuditLog.Read.All")]),
        entitlements("permission-not-consented-all", ALL),
        entitlements("permission-just-granted", ALL_YOUNG).young(),
        entitlements(
            "permission-delegated",
            &[
                fails("permission.delegated", "AuditLog.Read.All"),
                fails("permission.delegated", "UserAuthenticationMethod.Read.All"),
            ],
        ),
        entitlements(
            "permission-delegated-by-user",
            &[fails("permission.delegated", "UserAuthenticationMethod.Read.All")],
        ),
        entitlements("permission-other-api", &[fails("permission.other-api", "Application.ReadWrite.All")])
            .writing(),
        entitlements("permission-implied", &[warns("permission.excess-tier-0", "Group.ReadWrite.All")]),
        entitlements("permission-inert", &[warns("permission.inert", "Directory.AccessAsUser.All")]),
        entitlements("permission-excess", &[warns("permission.excess", "MailboxSettings.Read")]),
        entitlements(
            "permission-excess-tier-0",
            &[warns("permission.excess-tier-0", "RoleManagement.ReadWrite.Directory")],
        ),
        entitlements("directory-role-excess", &[warns("directory-role.excess", "Global Administrator")]),
        Row::new("licence-missing", C1, &[fails("licence.missing", "Entra ID P2")]),
        Row::new("mailbox-denied", C1, &[fail("mailbox.denied")]).settings(r#"{"mailboxSettings":true}"#),
        entitlements("graph-throttled", &[unknown("sign-ins.unknown", "")]).rough(),
    ]
}

/// What Resource Manager shows.
pub(crate) fn resources() -> Vec<Row> {
    let cloudcraft = |scenario, wrong: &[Wrong]| Row::new(scenario, CLOUDCRAFT, wrong);
    let entitlements = |scenario, wrong: &[Wrong]| Row::new(scenario, ENTITLEMENTS, wrong);
    vec![
        Row::new("role-missing-one", CADO, &[fails("role.missing", "Disk Snapshot Contributor")]),
        entitlements(
            "role-child-management-group",
            &[
                fails("role.missing", "Reader"),
                fails("role.missing", "Role Based Access Control Administrator"),
                warns("role.excess", "Virtual Machine Contributor"),
            ],
        )
        .of_group("corp"),
        Row::new("role-hierarchy-unseen", C1, &[warns("role.missing", "Management Group Reader")]),
        cloudcraft("role-missing", &[fails("role.missing", "Reader")]),
        cloudcraft("role-other-principal", &[fails("role.missing", "Reader")]),
        cloudcraft("role-insufficient", &[fails("role.missing", "Reader")]),
        cloudcraft("role-just-assigned-only", &[waits("role.missing", "Reader")]).young(),
        entitlements(
            "role-just-assigned",
            &[waits("role.missing", "Role Based Access Control Administrator")],
        )
        .young(),
        cloudcraft("role-resource-group-only", &[fails("role.resource-group-only", "Reader")]),
        Row::new("role-some-subscriptions", C1, &[fails("role.some-subscriptions", "Reader")])
            .at(&[SUBSCRIPTION, SECOND]),
        entitlements(
            "role-eligible-only",
            &[fails("role.eligible-only", "Role Based Access Control Administrator")],
        )
        .writing(),
        entitlements(
            "role-conditional",
            &[warns("role.conditional", "Role Based Access Control Administrator")],
        )
        .writing(),
        cloudcraft("role-denied", &[fails("role.denied", "Reader")]),
        Row::new(
            "role-unknown",
            CADO,
            &[
                unknown("role.unknown", "Storage Account Contributor"),
                unknown("role.unknown", "Disk Snapshot Contributor"),
                unknown("role.unknown", "Virtual Machine Contributor"),
                unknown("role.unknown", "Azure Kubernetes Service Cluster Admin Role"),
            ],
        ),
        cloudcraft("role-excess", &[warns("role.excess", "Owner")]),
        cloudcraft("subscription-disabled", &[fails("subscription.disabled", SUBSCRIPTION)]),
        cloudcraft("subscription-warned", &[warns("subscription.past-due", SUBSCRIPTION)]),
        cloudcraft("subscription-other-tenant", &[fails("subscription.other-tenant", ELSEWHERE)])
            .at(&[ELSEWHERE]),
        Row::new("subscription-not-visible", C1, &[fails("subscription.not-visible", NOWHERE)])
            .at(&[SUBSCRIPTION, NOWHERE]),
        entitlements("subscription-none", &[fail("subscription.none")]).at(&[]),
        cloudcraft(
            "resource-manager-down",
            &[unknown("role.unknown", "Reader"), unknown("subscription.unknown", "")],
        )
        .rough(),
        cloudcraft(
            "resource-manager-throttled",
            &[unknown("role.unknown", "Reader"), unknown("subscription.unknown", "")],
        )
        .rough(),
    ]
}

/// Connections that are there twice.
pub(crate) fn twice() -> Vec<Row> {
    const SAME_TENANT: &[Other] =
        &[Other { tenant: TENANT, client: OTHER_CLIENT, secret: OTHER_SECRET, connector: ENTITLEMENTS }];
    const SAME_SECRET: &[Other] = &[Other { tenant: TENANT, client: CLIENT, secret: SECRET, connector: C1 }];
    const SAME: &[Other] =
        &[Other { tenant: TENANT, client: CLIENT, secret: OTHER_SECRET, connector: CLOUDCRAFT }];
    vec![
        Row::new(
            "correct-segura-entitlements-read",
            ENTITLEMENTS,
            &[fails("connection.duplicate-tenant", "other-0")],
        )
        .beside(SAME_TENANT),
        Row::new(
            "correct-segura-entitlements-read",
            ENTITLEMENTS,
            &[fails("connection.duplicate-credential", "other-0")],
        )
        .beside(SAME_SECRET),
        Row::new("correct-cloudcraft", CLOUDCRAFT, &[warns("connection.duplicate", "other-0")]).beside(SAME),
    ]
}
