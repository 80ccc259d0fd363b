// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may ask: only what holds the token, on our own address, from our own pages.
//!
//! Any page of any site that the browser has open can send requests to loopback, and a name of its own can be made
//! to point there. The token keeps strangers out, the `Host` header names that were rebound, `Origin` and
//! `Content-Type` what other sites send. Every answer says that no other page may show, read or learn of it.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Refusal;

/// Nothing but our own files: no inline script or style, no frame, no form, nobody else's address.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; \
                      script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What is compared with every request.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// 128 random bits in hexadecimal digits.
    pub(crate) token: String,
    pub(crate) port: u16,
}

impl Gate {
    /// A gate with a token that nobody can guess.
    pub(crate) fn new(port: u16) -> Result<Self, getrandom::Error> {
        let mut bits = [0u8; 16];
        getrandom::fill(&mut bits)?;
        let token = bits.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { token, port })
    }

    /// Where the first page is.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.port, self.token)
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let headers = request.headers();
        let host = text(headers, HOST);
        if !host.is_some_and(|host| self.hosts().iter().any(|ours| ours == host)) {
            let text = format!("This server answers to 127.0.0.1:{} only.", self.port);
            return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, text).on_page());
        }
        let given = request.uri().path().trim_start_matches('/').split('/').next();
        if !equal(given.unwrap_or_default(), &self.token) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, EXPIRED).on_page());
        }
        match *request.method() {
            Method::GET | Method::HEAD => Ok(()),
            Method::POST => self.check_post(headers),
            _ => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Only GET and POST are known.")),
        }
    }

    /// Other sites cannot send JSON without asking first, and where they send it their address is in it.
    fn check_post(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let kind = text(headers, CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let text = "What is said must be application/json.";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        let foreign = || Refusal::new(StatusCode::FORBIDDEN, "Another site has no say here.");
        if headers.contains_key(ORIGIN) {
            let ours = self.hosts().map(|host| format!("http://{host}"));
            let origin = text(headers, ORIGIN);
            if !origin.is_some_and(|origin| ours.iter().any(|ours| ours == origin)) {
                return Err(foreign());
            }
        }
        match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin") => Ok(()),
            Some(_) => Err(foreign()),
        }
    }
}

/// What the page says where the token is wrong.
const EXPIRED: &str = "This address is not valid, or not any more: it changes whenever the review is started. Run \
                       facegroup review again and open the address that it prints; what was said before is kept.";

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Equality whose time tells nothing of where two texts differ.
fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Lets through what may ask, and seals every answer.
pub(crate) async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let answer = match gate.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    seal(answer)
}

fn seal(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Faces are personal data: nothing stays in a browser's cache that did not say otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (a, b) = (Gate::new(1).unwrap(), Gate::new(1).unwrap());
        assert_eq!(a.token.len(), 32);
        assert_ne!(a.token, b.token);
        assert!(equal(&a.token, &a.token.clone()) && !equal(&a.token, &b.token));
        assert!(!equal("", &a.token));
    }
}
