//! The conversation with the editor, on standard input and output.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument,
    Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    Completion, Formatting, GotoDefinition, HoverRequest, PrepareRenameRequest, References, Rename,
    Request as _,
};
use lsp_types::{
    CompletionOptions, CompletionParams, CompletionResponse, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentFormattingParams,
    GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverContents, HoverParams,
    HoverProviderCapability, InitializeParams, MarkupContent, MarkupKind, OneOf,
    PrepareRenameResponse, PublishDiagnosticsParams, ReferenceParams, RenameOptions, RenameParams,
    SaveOptions, ServerCapabilities, TextDocumentPositionParams, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit, Uri,
    WorkspaceEdit,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use zw_config::Syntax;
use zw_lang::SourceId;
use zw_lang::parse::Text;

use crate::complete::Completer;
use crate::documents::Documents;
use crate::module::Module;
use crate::navigate::Navigator;
use crate::{ServerError, Setup, check, place};

/// How long nothing has to be typed before a module is checked.
const PAUSE: Duration = Duration::from_millis(150);

/// Serves one editor until it says that it is done.
///
/// # Errors
/// If the conversation breaks off.
pub fn serve(setup: &Setup) -> Result<(), ServerError> {
    let (connection, threads) = Connection::stdio();
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params)?;
    let info = json!({ "name": "zw", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(), "serverInfo": info });
    connection.initialize_finish(id, answer)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut server = Server {
        setup,
        documents: Documents::default(),
        folders: folders(&params),
        unchecked: BTreeSet::new(),
        shown: HashSet::new(),
        connection: &connection,
    };
    let ended = server.run(&runtime);
    drop(connection);
    threads.join()?;
    ended
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions::default())),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".to_owned(), "\"".to_owned()]),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: lsp_types::WorkDoneProgressOptions::default(),
        })),
        document_formatting_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// The folders that the editor has open.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten();
    folders.filter_map(|folder| place::path(&folder.uri)).collect()
}

struct Server<'a> {
    setup: &'a Setup,
    documents: Documents,
    folders: Vec<PathBuf>,
    /// Directories of modules that have changed since they were checked.
    unchecked: BTreeSet<PathBuf>,
    /// Files that the editor shows diagnostics of.
    shown: HashSet<PathBuf>,
    connection: &'a Connection,
}

/// A request that cannot be answered, with the reason.
type Answer = Result<Json, String>;

impl Server<'_> {
    fn run(&mut self, runtime: &tokio::runtime::Runtime) -> Result<(), ServerError> {
        loop {
            let message = if self.unchecked.is_empty() {
                self.connection.receiver.recv().ok()
            } else {
                match self.connection.receiver.recv_timeout(PAUSE) {
                    Ok(message) => Some(message),
                    Err(error) if error.is_timeout() => {
                        runtime.block_on(self.check());
                        continue;
                    }
                    Err(_) => None,
                }
            };
            match message {
                None => return Ok(()),
                Some(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.answer(request);
                }
                Some(Message::Notification(notification)) => self.note(notification)?,
                Some(Message::Response(_)) => {}
            }
        }
    }

    /// Checks every module that has changed, and shows what is wrong with it.
    async fn check(&mut self) {
        for dir in std::mem::take(&mut self.unchecked) {
            let found = check::check(self.setup, &self.documents, &dir).await;
            for (path, diagnostics) in found {
                let had = self.shown.contains(&path);
                if diagnostics.is_empty() && !had {
                    continue;
                }
                if diagnostics.is_empty() {
                    self.shown.remove(&path);
                } else {
                    self.shown.insert(path.clone());
                }
                if let Some(uri) = place::uri(&path) {
                    let params = PublishDiagnosticsParams::new(uri, diagnostics, None);
                    self.tell(PublishDiagnostics::METHOD, params);
                }
            }
        }
    }

    fn tell(&self, method: &str, params: impl serde::Serialize) {
        let message = Notification::new(method.to_owned(), params);
        // An editor that is gone is noticed by the next message that does not come.
        let _ = self.connection.sender.send(message.into());
    }

    fn note(&mut self, notification: Notification) -> Result<(), ServerError> {
        let Notification { method, params } = notification;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                let params: DidOpenTextDocumentParams = serde_json::from_value(params)?;
                self.changed(&params.text_document.uri, Some(params.text_document.text));
            }
            DidChangeTextDocument::METHOD => {
                let params: DidChangeTextDocumentParams = serde_json::from_value(params)?;
                let text = params.content_changes.into_iter().next_back();
                self.changed(&params.text_document.uri, text.map(|change| change.text));
            }
            DidCloseTextDocument::METHOD => {
                let params: DidCloseTextDocumentParams = serde_json::from_value(params)?;
                if let Some(path) = place::path(&params.text_document.uri) {
                    self.documents.close(&path);
                }
                self.changed(&params.text_document.uri, None);
            }
            DidSaveTextDocument::METHOD => {
                let uri = params.pointer("/textDocument/uri").and_then(Json::as_str);
                if let Some(uri) = uri.and_then(|uri| uri.parse().ok()) {
                    self.changed(&uri, None);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes note that a file has another text, or may have.
    fn changed(&mut self, uri: &Uri, text: Option<String>) {
        let Some(path) = place::path(uri).filter(|path| Syntax::of_path(path).is_some()) else {
            return;
        };
        if let Some(dir) = path.parent() {
            self.unchecked.insert(dir.to_owned());
        }
        if let Some(text) = text {
            self.documents.set(path, text);
        }
    }

    fn answer(&self, request: Request) {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            Completion::METHOD => parsed(params).and_then(|params| self.complete(&params)),
            HoverRequest::METHOD => parsed(params).and_then(|params| self.hover(&params)),
            GotoDefinition::METHOD => parsed(params).and_then(|params| self.definition(&params)),
            References::METHOD => parsed(params).and_then(|params| self.references(&params)),
            PrepareRenameRequest::METHOD => {
                parsed(params).and_then(|params| self.can_rename(&params))
            }
            Rename::METHOD => parsed(params).and_then(|params| self.rename(&params)),
            Formatting::METHOD => parsed(params).and_then(|params| self.format(&params)),
            _ => {
                let code = ErrorCode::MethodNotFound as i32;
                let response = Response::new_err(id, code, format!("{method} is not supported"));
                let _ = self.connection.sender.send(response.into());
                return;
            }
        };
        let response = match answer {
            Ok(result) => Response::new_ok(id, result),
            Err(reason) => Response::new_err(id, ErrorCode::RequestFailed as i32, reason),
        };
        let _ = self.connection.sender.send(response.into());
    }

    /// What is looked at: the file, its text, the place in it, and its module.
    fn looked_at(&self, at: &TextDocumentPositionParams) -> Option<Looked> {
        let path = place::path(&at.text_document.uri)?;
        let syntax = Syntax::of_path(&path)?;
        let text = self.documents.text(&path)?;
        let offset = place::offset(&text, at.position);
        let module = Module::read(&self.documents, path.parent()?);
        Some(Looked { path, syntax, text, offset, module })
    }

    fn navigator<'s>(&'s self, module: &'s Module) -> Navigator<'s> {
        Navigator {
            registry: &self.setup.registry,
            documents: &self.documents,
            module,
            folders: &self.folders,
        }
    }

    fn complete(&self, params: &CompletionParams) -> Answer {
        let Some(looked) = self.looked_at(&params.text_document_position) else {
            return Ok(Json::Null);
        };
        let completer = Completer {
            registry: &self.setup.registry,
            documents: &self.documents,
            module: &looked.module,
        };
        let items = completer.at(looked.syntax, &looked.text, looked.offset);
        json_of(&CompletionResponse::Array(items))
    }

    fn hover(&self, params: &HoverParams) -> Answer {
        let Some(looked) = self.looked_at(&params.text_document_position_params) else {
            return Ok(Json::Null);
        };
        let navigator = self.navigator(&looked.module);
        let found = navigator.hover(&looked.path, &looked.text, looked.offset);
        let Some((value, range)) = found else { return Ok(Json::Null) };
        json_of(&Hover {
            contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
            range: Some(place::range(&looked.text, &range)),
        })
    }

    fn definition(&self, params: &GotoDefinitionParams) -> Answer {
        let Some(looked) = self.looked_at(&params.text_document_position_params) else {
            return Ok(Json::Null);
        };
        let navigator = self.navigator(&looked.module);
        match navigator.definition(&looked.path, &looked.text, looked.offset) {
            Some(location) => json_of(&GotoDefinitionResponse::Scalar(location)),
            None => Ok(Json::Null),
        }
    }

    fn references(&self, params: &ReferenceParams) -> Answer {
        let Some(looked) = self.looked_at(&params.text_document_position) else {
            return Ok(Json::Null);
        };
        let navigator = self.navigator(&looked.module);
        let found = navigator.target_at(&looked.path, &looked.text, looked.offset);
        let Some((target, _)) = found else { return Ok(Json::Null) };
        json_of(&navigator.references(&target, params.context.include_declaration))
    }

    fn can_rename(&self, params: &TextDocumentPositionParams) -> Answer {
        let Some(looked) = self.looked_at(params) else { return Ok(Json::Null) };
        let navigator = self.navigator(&looked.module);
        let found = navigator.target_at(&looked.path, &looked.text, looked.offset);
        let Some((target, range)) = found else { return Ok(Json::Null) };
        json_of(&PrepareRenameResponse::RangeWithPlaceholder {
            range: place::range(&looked.text, &range),
            placeholder: target.name().to_owned(),
        })
    }

    fn rename(&self, params: &RenameParams) -> Answer {
        let name = &params.new_name;
        if !is_name(name) {
            return Err(format!(
                "{name:?} is no name: it begins with a letter or _, and goes on with letters, digits, _ and -."
            ));
        }
        let Some(looked) = self.looked_at(&params.text_document_position) else {
            return Ok(Json::Null);
        };
        let navigator = self.navigator(&looked.module);
        let found = navigator.target_at(&looked.path, &looked.text, looked.offset);
        let Some((target, _)) = found else {
            return Err("There is nothing with a name.".to_owned());
        };
        let edit = WorkspaceEdit {
            changes: Some(navigator.rename(&target, name)),
            ..WorkspaceEdit::default()
        };
        json_of(&edit)
    }

    fn format(&self, params: &DocumentFormattingParams) -> Answer {
        let path = place::path(&params.text_document.uri);
        let Some(path) = path else { return Ok(Json::Null) };
        let Some(text) = self.documents.text(&path) else { return Ok(Json::Null) };
        let formatted = match Syntax::of_path(&path) {
            Some(Syntax::Native) => zw_lang::format(Text::of_file(SourceId(0), &text)),
            Some(Syntax::Yaml) => zw_config::format_yaml(SourceId(0), &text),
            Some(Syntax::Json) | None => return Ok(Json::Null),
        };
        // What is not valid is left alone, and is marked already.
        let Ok(formatted) = formatted else { return Ok(Json::Null) };
        if *formatted == *text {
            return json_of(&Vec::<TextEdit>::new());
        }
        json_of(&vec![TextEdit::new(place::range(&text, &(0..text.len())), formatted)])
    }
}

/// What a request is about.
struct Looked {
    path: PathBuf,
    syntax: Syntax,
    text: std::sync::Arc<str>,
    offset: usize,
    module: Module,
}

fn is_name(name: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    name.starts_with(|char: char| char.is_alphabetic() || char == '_') && name.chars().all(is_part)
}

fn parsed<T: DeserializeOwned>(params: Json) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}

fn json_of(value: &impl serde::Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| error.to_string())
}
