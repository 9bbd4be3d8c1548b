//! Whether a process of this machine still lives.

use std::fs;

/// A process such that no other is ever taken for it: by the boot of the kernel, the namespace in which its number
/// counts, the number, and the time at which it was started. `None` where the system does not tell.
pub(crate) fn of_this_process() -> Option<String> {
    let pid = std::process::id();
    let (boot, namespace) = place()?;
    Some(format!("{boot} {namespace} {pid} {}", started(pid)?))
}

/// Whether a process ran here and is gone. False if that cannot be known.
pub(crate) fn is_gone(process: &str) -> bool {
    let mut words = process.split(' ');
    let (Some(boot), Some(namespace), Some(pid), Some(start), None) =
        (words.next(), words.next(), words.next(), words.next(), words.next())
    else {
        return false;
    };
    let (Some((boot_here, namespace_here)), Ok(pid)) = (place(), pid.parse::<u32>()) else {
        return false;
    };
    boot == boot_here && namespace == namespace_here && started(pid).as_deref() != Some(start)
}

/// The boot of this kernel, and the namespace in which processes are numbered here.
fn place() -> Option<(String, String)> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some((boot.trim().to_owned(), namespace.to_str()?.to_owned()))
}

/// When a process was started, in ticks since the boot (proc(5), `/proc/pid/stat`, field 22). A zombie has ended.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program is in parentheses, and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_when_it_has_ended() {
        let this = of_this_process().unwrap();
        assert!(!is_gone(&this));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut words: Vec<String> = this.split(' ').map(str::to_owned).collect();
        words[2] = child.id().to_string();
        words[3] = started(child.id()).unwrap();
        let words = words.join(" ");
        assert!(!is_gone(&words));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_gone(&words));
    }

    #[test]
    fn of_another_machine_nothing_is_known() {
        let this = of_this_process().unwrap();
        assert!(!is_gone(&format!("elsewhere {}", this.split_once(' ').unwrap().1)));
        assert!(!is_gone("nonsense"));
    }
}
