//! `$batch`.

use fairlead_simulator::faults::{FaultRates, Limits, PhysicsSettings};
use serde_json::{Value, json};

use crate::support::{Answer, Graph};

fn item(id: &str, url: &str) -> Value {
    json!({"id": id, "method": "GET", "url": url})
}

fn batch(graph: &Graph, requests: &[Value]) -> Answer {
    graph.post("/v1.0/$batch", &json!({"requests": requests}))
}

fn response<'a>(answer: &'a Answer, id: &str) -> &'a Value {
    let responses = answer.json["responses"].as_array().expect("responses");
    responses.iter().find(|it| it["id"] == id).expect("a response for every request")
}

#[test]
fn each_item_has_its_own_answer() {
    let graph = Graph::new();
    let answer = batch(
        &graph,
        &[
            item("1", "/users?$top=2&$select=id"),
            item("2", "groups?$top=1"),
            item("3", "/users/nobody@contoso.example"),
            item("4", "/nonsense"),
        ],
    );
    assert_eq!(answer.status, 200);
    assert_eq!(response(&answer, "1")["body"]["value"].as_array().map(Vec::len), Some(2));
    assert!(response(&answer, "1")["headers"]["Content-Type"].is_string());
    assert!(
        response(&answer, "1")["body"]["@odata.nextLink"]
            .as_str()
            .is_some_and(|it| it.contains("/v1.0/users?"))
    );
    assert_eq!(response(&answer, "2")["status"], 200);
    assert_eq!(response(&answer, "3")["status"], 404);
    assert_eq!(response(&answer, "3")["body"]["error"]["code"], "Request_ResourceNotFound");
    assert_eq!(response(&answer, "4")["status"], 400);
}

#[test]
fn headers_of_an_item_are_its_own() {
    let graph = Graph::new();
    let mut counted = item("1", "/users?$count=true&$top=1&$filter=accountEnabled ne true");
    counted["headers"] = json!({"ConsistencyLevel": "eventual"});
    let answer = batch(&graph, &[counted, item("2", "/users?$filter=accountEnabled ne true&$count=true")]);
    assert!(response(&answer, "1")["body"]["@odata.count"].is_number());
    assert_eq!(response(&answer, "2")["status"], 400);
}

#[test]
fn what_depends_on_a_failure_fails_with_424() {
    let graph = Graph::new();
    let mut second = item("b", "/organization");
    second["dependsOn"] = json!(["a"]);
    let mut third = item("c", "/organization");
    third["dependsOn"] = json!(["ok"]);
    let answer = batch(&graph, &[second, third, item("a", "/nonsense"), item("ok", "/domains")]);
    assert_eq!(response(&answer, "b")["status"], 424);
    assert_eq!(response(&answer, "c")["status"], 200);
}

#[test]
fn items_are_throttled_one_by_one() {
    let limits = Limits { graph_units: Some(4), ..Limits::default() };
    let graph = Graph::new().physics(PhysicsSettings { limits, ..PhysicsSettings::default() });
    // Two units each: two pass, the rest waits.
    let requests: Vec<Value> = (0..5).map(|id| item(&id.to_string(), "/users?$top=50")).collect();
    let answer = batch(&graph, &requests);
    assert_eq!(answer.status, 200);
    let status = |id: &str| response(&answer, id)["status"].as_u64();
    assert_eq!(["0", "1", "2", "3", "4"].map(status), [200, 200, 429, 429, 429].map(Some));
    assert!(response(&answer, "4")["headers"]["Retry-After"].is_string());
    assert_eq!(response(&answer, "0")["headers"]["x-ms-resource-unit"], "2");
}

#[test]
fn faults_befall_items_not_the_batch() {
    let faults = FaultRates { unavailable: 1.0, ..FaultRates::default() };
    let graph = Graph::new().physics(PhysicsSettings { faults, ..PhysicsSettings::default() });
    let answer = batch(&graph, &[item("1", "/domains")]);
    assert_eq!((answer.status, &response(&answer, "1")["status"]), (200, &json!(503)));
}

#[test]
fn a_batch_that_makes_no_sense_is_refused_as_a_whole() {
    let graph = Graph::new();
    let many: Vec<Value> = (0..21).map(|id| item(&id.to_string(), "/domains")).collect();
    assert_eq!(batch(&graph, &many).status, 400);
    assert_eq!(batch(&graph, &[]).status, 400);
    assert_eq!(batch(&graph, &[item("1", "/domains"), item("1", "/domains")]).status, 400);
    assert_eq!(graph.post("/v1.0/$batch", &json!({"nonsense": 1})).status, 400);
    let nested = batch(&graph, &[json!({"id": "1", "method": "POST", "url": "/$batch"})]);
    assert_eq!(response(&nested, "1")["status"], 400);
}
