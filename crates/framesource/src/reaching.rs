// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an address gives nothing, where the element that read it does not say: asked of the host itself.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use gst::prelude::*;

/// How long a host may take to answer that it is there.
const PATIENCE: Duration = Duration::from_secs(5);
/// Variables that send requests elsewhere than to the host.
const PROXIES: [&str; 4] = ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"];

/// What is wrong with an address of which nothing came, and what to do; `said` is what its source says.
pub fn why(address: &str, said: Option<&str>) -> String {
    let said = said.map_or(String::new(), |said| format!(" ({said})"));
    let unclear = format!("cannot be reached{said}: check the address and the network");
    let Some((host, port)) = place(address) else { return unclear };
    if PROXIES.iter().any(|proxy| std::env::var_os(proxy).is_some()) {
        return unclear;
    }
    if said.to_lowercase().contains("not found") {
        return format!("is not there: {host} knows no such address; check it{said}");
    }
    let Ok(places) = (host.as_str(), port).to_socket_addrs() else {
        return format!(
            "cannot be reached: no host of the name {host} is known; check the address and the network"
        );
    };
    let taken = places.map(|place| TcpStream::connect_timeout(&place, PATIENCE));
    match taken.reduce(Result::or) {
        Some(Ok(_)) => format!("{host} takes the call and sends nothing{said}: try again later"),
        Some(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            format!("cannot be reached: nobody listens at {host}, port {port}; check the address")
        }
        _ => {
            format!("cannot be reached: {host} does not answer; check the address and the network")
        }
    }
}

/// Host and port of an address that is reached by TCP.
fn place(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let port = match &*scheme.to_lowercase() {
        "http" => 80,
        "https" => 443,
        "rtsp" | "rtspt" | "rtsph" => 554,
        "rtsps" => 322,
        "rtmp" => 1935,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, "")) => (host, port),
        Some((host, rest)) => (host, rest.strip_prefix(':')?.parse().ok()?),
        None => match host.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (host, port),
        },
    };
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// Whether what a pipeline reads is a text, as a page of the web is.
pub fn reads_text(pipeline: &gst::Pipeline) -> bool {
    let mut texts = pipeline.iterate_recurse().into_iter().flatten().filter(|element| {
        element.factory().is_some_and(|factory| factory.name() == "typefind")
            && element.property::<Option<gst::Caps>>("caps").is_some_and(|caps| {
                caps.structure(0).is_some_and(|found| {
                    found.name().starts_with("text/") || found.name().ends_with("/xml")
                })
            })
    });
    texts.next().is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_host_of_an_address() {
        let of = |address: &str| place(address).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(of("https://host/a.mp4?x=1:2").as_deref(), Some("host 443"));
        assert_eq!(of("http://me:secret@host:8080/").as_deref(), Some("host 8080"));
        assert_eq!(of("RTSP://[::1]:8554/a").as_deref(), Some("::1 8554"));
        assert_eq!(of("http://[::1]").as_deref(), Some("::1 80"));
        for none in ["udp://:5000", "file:///a.mp4", "http://", "http://host:port/", "a.mp4"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn every_way_of_not_being_there_has_its_own_words() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}/a.mp4");
        assert!(why(&address, None).contains("sends nothing"), "{}", why(&address, None));
        assert!(why(&address, Some("Not Found")).starts_with("is not there"));
        drop(listener);
        assert!(why(&address, None).contains("nobody listens"), "{}", why(&address, None));
        let unknown = why("http://nobody.invalid/a.mp4", None);
        assert!(unknown.contains("no host of the name nobody.invalid"), "{unknown}");
        assert!(why("udp://:5000", Some("No route")).contains("reached (No route): check"));
    }
}
