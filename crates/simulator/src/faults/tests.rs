//! How often faults come, and what limits let through.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use super::*;

fn physics(change: impl FnOnce(&mut PhysicsSettings)) -> Physics {
    let mut settings = PhysicsSettings::default();
    change(&mut settings);
    Physics::new(settings, 7, Arc::default())
}

fn caller() -> Caller {
    Caller {
        tenant: Uuid::from_u128(1),
        app_id: Uuid::from_u128(2),
        principal: Uuid::from_u128(3),
        roles: Arc::new([]),
        expires: Timestamp::MAX,
    }
}

fn request() -> Request {
    let (method, body) = (Method::GET, Bytes::new());
    Request::new(method, "/v1.0/users", HeaderMap::new(), body, "https://localhost", Uuid::nil())
}

fn route(kind: RouteKind, quota: Quota) -> Route {
    Route { template: "/users", cost: 2, kind, quota }
}

fn outcomes(physics: &Physics, service: Service, route: &Route, times: usize) -> Vec<StatusCode> {
    let (caller, request) = (caller(), request());
    let admitted = Admitted { service, caller: &caller, request: &request, route };
    (0..times)
        .map(|_| match physics.admit(&WorldHandle::default(), &admitted, Timestamp::UNIX_EPOCH) {
            Ok(_) => StatusCode::OK,
            Err(refusal) => refusal.status,
        })
        .collect()
}

#[test]
fn faults_come_as_often_as_set_and_in_the_same_order_for_a_seed() {
    let make = || {
        physics(|it| {
            it.faults.throttled = 0.05;
            it.faults.reset = 0.01;
        })
    };
    let draw = |physics: &Physics| (0..20_000).map(|_| physics.fault(Service::Graph)).collect::<Vec<_>>();
    let (first, again) = (draw(&make()), draw(&make()));
    assert_eq!(first, again);
    let count = |fault| first.iter().filter(|it| **it == Some(fault)).count();
    assert!((900..1_100).contains(&count(Fault::Throttled)), "{}", count(Fault::Throttled));
    assert!((140..260).contains(&count(Fault::Reset)), "{}", count(Fault::Reset));
    assert_eq!(count(Fault::Internal), 0);
}

#[test]
fn services_that_are_not_named_are_spared() {
    let physics = physics(|it| it.faults.unavailable = 1.0);
    assert_eq!(physics.fault(Service::Entra), None);
    assert_eq!(physics.fault(Service::Arm), Some(Fault::Unavailable));
}

#[test]
fn items_of_a_batch_have_no_connection_to_lose() {
    let physics = physics(|it| it.faults.reset = 1.0);
    assert_eq!(physics.item_fault(), None);
}

#[test]
fn resource_units_are_spent_by_cost_and_refused_with_azure_s_headers() {
    let physics = physics(|it| it.limits.graph_units = Some(10));
    let list = route(RouteKind::List, Quota::Directory);
    let statuses = outcomes(&physics, Service::Graph, &list, 8);
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 5);

    let (caller, request) = (caller(), request());
    let admitted = Admitted { service: Service::Graph, caller: &caller, request: &request, route: &list };
    let refusal = physics.admit(&WorldHandle::default(), &admitted, Timestamp::UNIX_EPOCH).unwrap_err();
    let header = |name: &str| refusal.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or("");
    assert_eq!(header("x-ms-throttle-information"), "ResourceUnitLimitExceeded");
    assert!(header("x-ms-throttle-scope").starts_with("Tenant_Application/ReadWrite/"));
    assert!(header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
}

#[test]
fn resource_manager_tells_what_is_left_and_counts_each_subscription_apart() {
    let physics = physics(|it| it.limits.arm_reads = TokenBucket { capacity: 3, per_second: 0.001 });
    let of = |id| route(RouteKind::Read, Quota::Subscription(Uuid::from_u128(id)));
    let statuses = outcomes(&physics, Service::Arm, &of(1), 4);
    assert_eq!(statuses[2..], [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS]);
    let (caller, request, other) = (caller(), request(), of(2));
    let admitted = Admitted { service: Service::Arm, caller: &caller, request: &request, route: &other };
    let quota = physics.admit(&WorldHandle::default(), &admitted, Timestamp::UNIX_EPOCH).unwrap();
    let response = quota.write(Response::status(StatusCode::OK));
    assert_eq!(response.headers["x-ms-ratelimit-remaining-subscription-reads"], "2");
}

#[test]
fn without_limits_everything_passes() {
    let physics = physics(|it| {
        it.limits.enabled = false;
        it.limits.graph_units = Some(1);
    });
    let statuses = outcomes(&physics, Service::Graph, &route(RouteKind::List, Quota::Directory), 50);
    assert!(statuses.iter().all(|status| *status == StatusCode::OK));
}

#[test]
fn what_is_new_is_seen_after_its_propagation() {
    let physics = physics(|it| it.propagation_s = 90);
    let made = Timestamp::from_second(1_000).unwrap();
    assert!(!physics.visible(made, Timestamp::from_second(1_089).unwrap()));
    assert!(physics.visible(made, Timestamp::from_second(1_090).unwrap()));
}
