//! A stand-in for EKS that knows what no emulator at hand does: changes that take their time, one at a time.
//!
//! Paths and bodies are those of the service model, `eks/2017-11-01`. What a change is about takes effect when
//! its update has ended, which is at the second look.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request that changed something.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Method and path.
    pub(crate) what: String,
    /// The body.
    pub(crate) body: Json,
}

#[derive(Default)]
struct State {
    clusters: BTreeMap<String, Json>,
    node_groups: BTreeMap<String, Json>,
    update: Option<Update>,
    /// Ends the next update of this name.
    failure: Option<Json>,
    updates: usize,
    /// For how many looks a cluster is told as it was before its last change.
    lag: usize,
    before: Option<Json>,
    calls: Vec<Call>,
}

struct Update {
    id: String,
    looks: usize,
    of: Of,
    /// What the object becomes.
    result: Json,
}

enum Of {
    Cluster(String),
    NodeGroup(String),
}

/// A running stand-in; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct StandIn {
    /// Its address.
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

type Answer = (u16, Json);

impl StandIn {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("it has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { endpoint: format!("http://{address}"), state }
    }

    /// What was changed since the last time that somebody asked.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.lock().expect("no request panics").calls)
    }

    /// Lets the servers be behind for so many looks at a cluster that has changed.
    pub(crate) fn lag(&self, looks: usize) {
        self.state.lock().expect("no request panics").lag = looks;
    }

    /// Lets the next update end in failure.
    pub(crate) fn fail_next(&self, code: &str, message: &str) {
        let error = json!({ "errorCode": code, "errorMessage": message, "resourceIds": ["i-1"] });
        self.state.lock().expect("no request panics").failure = Some(error);
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some((method, path, body)) = request(&mut stream).await else { return };
    let (status, answer) = {
        let mut state = state.lock().expect("no request panics");
        if method != "GET" {
            state.calls.push(Call { what: format!("{method} {path}"), body: body.clone() });
        }
        state.answer(&method, &path, &body)
    };
    let text = answer.to_string();
    let error = answer["__type"].as_str().map(|code| format!("x-amzn-errortype: {code}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}connection: close\r\n\r\n",
        text.len(),
        error.unwrap_or_default()
    );
    let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
}

async fn request(stream: &mut TcpStream) -> Option<(String, String, Json)> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())
        .unwrap_or(0);
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let first = String::from_utf8_lossy(&bytes[..head_end]);
    let mut words = first.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.replace("%3A", ":"));
    let path = path.replace("%2F", "/").replace("%2f", "/").replace("%3a", ":");
    let body = serde_json::from_slice(&bytes[head_end + 4..]).unwrap_or(Json::Null);
    Some((method, path, body))
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    (status, json!({ "__type": code, "message": message }))
}

impl State {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["clusters"]) => self.create_cluster(body),
            ("GET", ["clusters", name]) => {
                let before = self.before.as_ref().filter(|_| self.lag > 0);
                let answer = found("cluster", before.or(self.clusters.get(*name)));
                if self.before.is_some() {
                    self.lag = self.lag.saturating_sub(1);
                }
                answer
            }
            ("DELETE", ["clusters", name]) => {
                found("cluster", self.clusters.remove(*name).as_ref())
            }
            ("GET", ["clusters", _, "updates", id]) => self.describe_update(id),
            ("POST", ["clusters", name, "updates" | "update-config"]) => {
                let Some(cluster) = self.clusters.get(*name).cloned() else {
                    return found("cluster", None);
                };
                self.start(Of::Cluster((*name).to_owned()), merged(cluster, body))
            }
            ("POST", ["clusters", cluster, "node-groups"]) => {
                let name = body["nodegroupName"].as_str().unwrap_or_default();
                let mut group = body.clone();
                group["clusterName"] = json!(cluster);
                group["status"] = json!("ACTIVE");
                group["nodegroupArn"] = json!(format!(
                    "arn:aws:eks:us-east-1:123456789012:nodegroup/{cluster}/{name}/1"
                ));
                group["releaseVersion"] = json!("1.30.1");
                self.node_groups.insert(name.to_owned(), group.clone());
                (200, json!({ "nodegroup": group }))
            }
            ("GET", ["clusters", _, "node-groups", name]) => {
                found("nodegroup", self.node_groups.get(*name))
            }
            ("DELETE", ["clusters", _, "node-groups", name]) => {
                found("nodegroup", self.node_groups.remove(*name).as_ref())
            }
            ("POST", ["clusters", _, "node-groups", name, _]) => {
                let Some(group) = self.node_groups.get(*name).cloned() else {
                    return found("nodegroup", None);
                };
                let result = merged_group(group, body);
                self.start(Of::NodeGroup((*name).to_owned()), result)
            }
            (_, ["tags", ..]) => self.tag(path, query, body),
            _ => error(404, "UnknownOperationException", "no such path"),
        }
    }

    fn create_cluster(&mut self, body: &Json) -> Answer {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let mut cluster = body.clone();
        cluster["arn"] = json!(format!("arn:aws:eks:us-east-1:123456789012:cluster/{name}"));
        cluster["status"] = json!("ACTIVE");
        cluster["platformVersion"] = json!("eks.1");
        cluster["resourcesVpcConfig"]["clusterSecurityGroupId"] = json!("sg-cluster");
        cluster["resourcesVpcConfig"]["vpcId"] = json!("vpc-1");
        if cluster.get("accessConfig").is_none() {
            cluster["accessConfig"] = json!({ "authenticationMode": "CONFIG_MAP" });
        }
        self.clusters.insert(name, cluster.clone());
        (200, json!({ "cluster": cluster }))
    }

    fn start(&mut self, of: Of, result: Json) -> Answer {
        if self.update.is_some() {
            return error(409, "ResourceInUseException", "an update is in progress");
        }
        self.updates += 1;
        let id = format!("update-{}", self.updates);
        self.update = Some(Update { id: id.clone(), looks: 0, of, result });
        (200, json!({ "update": { "id": id, "status": "InProgress" } }))
    }

    fn describe_update(&mut self, id: &str) -> Answer {
        let Some(update) = self.update.as_mut().filter(|update| update.id == id) else {
            return error(404, "ResourceNotFoundException", "no such update");
        };
        update.looks += 1;
        if update.looks < 2 {
            return (200, json!({ "update": { "id": id, "status": "InProgress" } }));
        }
        let update = self.update.take().expect("it was there a moment ago");
        if let Some(error) = self.failure.take() {
            return (200, json!({ "update": { "id": id, "status": "Failed", "errors": [error] } }));
        }
        match update.of {
            Of::Cluster(name) => {
                self.before = self.clusters.insert(name, update.result);
                None
            }
            Of::NodeGroup(name) => self.node_groups.insert(name, update.result),
        };
        (200, json!({ "update": { "id": id, "status": "Successful" } }))
    }

    fn tag(&mut self, path: &str, query: &str, body: &Json) -> Answer {
        let arn = path.trim_start_matches("/tags/");
        let objects = self.clusters.values_mut().chain(self.node_groups.values_mut());
        let is_it = |object: &&mut Json| object["arn"] == arn || object["nodegroupArn"] == arn;
        let Some(object) = objects.into_iter().find(is_it) else {
            return error(404, "ResourceNotFoundException", "no such object");
        };
        let mut tags = object["tags"].as_object().cloned().unwrap_or_default();
        if let Some(more) = body["tags"].as_object() {
            tags.extend(more.clone());
        }
        for key in query.split('&').filter_map(|pair| pair.strip_prefix("tagKeys=")) {
            tags.remove(key);
        }
        object["tags"] = Json::Object(tags);
        (200, json!({}))
    }
}

fn found(name: &str, object: Option<&Json>) -> Answer {
    match object {
        Some(object) => (200, json!({ name: object })),
        None => error(404, "ResourceNotFoundException", "there is none"),
    }
}

/// An object with what a change says laid over it.
fn merged(mut object: Json, change: &Json) -> Json {
    for (name, value) in change.as_object().unwrap_or(&Map::new()) {
        match (object.get_mut(name), value) {
            (Some(Json::Object(_)), Json::Object(_)) => {
                let part = object[name].take();
                object[name] = merged(part, value);
            }
            _ => object[name] = value.clone(),
        }
    }
    if change.get("version").is_some() {
        object["platformVersion"] = json!("eks.2");
    }
    object
}

fn merged_group(mut group: Json, change: &Json) -> Json {
    let mut labels = group["labels"].as_object().cloned().unwrap_or_default();
    for key in change["labels"]["removeLabels"].as_array().into_iter().flatten() {
        labels.remove(key.as_str().unwrap_or_default());
    }
    labels.extend(change["labels"]["addOrUpdateLabels"].as_object().cloned().unwrap_or_default());
    let changed = |kind: &str| change["taints"][kind].as_array().cloned().unwrap_or_default();
    let (set, removed) = (changed("addOrUpdateTaints"), changed("removeTaints"));
    let named = |taint: &Json| (taint["key"].clone(), taint["effect"].clone());
    let mut taints = group["taints"].as_array().cloned().unwrap_or_default();
    taints.retain(|taint| set.iter().chain(&removed).all(|other| named(other) != named(taint)));
    taints.extend(set);
    let mut rest = change.clone();
    if let Some(rest) = rest.as_object_mut() {
        rest.retain(|name, _| name != "labels" && name != "taints");
    }
    if rest.get("version").is_some() && rest.get("releaseVersion").is_none() {
        group["releaseVersion"] = json!("newest");
    }
    group = merged(group, &rest);
    group["labels"] = Json::Object(labels);
    group["taints"] = Json::Array(taints);
    group
}
