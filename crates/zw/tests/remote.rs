//! `remote-exec` and `file` over SSH, on OpenSSH's own server.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use support::{Project, Ran};
use zw_testing::Sshd;

/// A resource with a connection to a server, and these provisioners.
fn configured(server: &Sshd, more: &str, provisioners: &str) -> String {
    format!(
        r#"
        resource "terraform_data" "machine" {{
          connection {{
            host        = "127.0.0.1"
            port        = {port}
            user        = "{user}"
            private_key = file("{key}")
            timeout     = "20s"
            agent       = false
            script_path = "{dir}/script_%RAND%.sh"
            {more}
          }}
          {provisioners}
        }}
        "#,
        port = server.port,
        user = Sshd::user(),
        key = server.path("user").display(),
        dir = server.path("user").parent().expect("it is in a directory").display(),
    )
}

/// Applies that to a server with these lines in its configuration.
fn applied(options: &[&str], more: &str, provisioners: &str) -> Option<(Project, Sshd, Ran)> {
    let project = Project::new();
    let server = Sshd::start(project.path(), options)?;
    project.write("main.tf", &configured(&server, more, provisioners));
    let ran = project.zw(&["apply", "-auto-approve"]);
    Some((project, server, ran))
}

/// What it said, on one line: messages are broken where the terminal ends.
fn said(ran: &Ran) -> String {
    let words = ran.stdout.split_whitespace().chain(ran.stderr.split_whitespace());
    words.filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

const SFTP: &[&str] = &["Subsystem sftp internal-sftp"];

#[test]
fn scripts_run_on_the_machine_and_leave_nothing_behind() {
    let provisioners = r#"
      provisioner "remote-exec" {
        inline = ["echo \"hello from ${self.id != ""}, grüße\"", "echo complaint >&2", "test -n \"$SSH_CONNECTION\""]
      }
    "#;
    let Some((project, server, ran)) = applied(SFTP, "", provisioners) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    for line in
        ["hello from true, grüße", "complaint", "Connecting to remote host via SSH", "Connected!"]
    {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("OPENSSH PRIVATE KEY"), "{}", ran.stdout);
    let left = fs::read_dir(server.path("")).expect("a directory").filter_map(Result::ok);
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("script_")), "{left:?}");
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
}

#[test]
fn a_script_that_fails_taints_and_says_with_what() {
    let provisioners = r#"
      provisioner "remote-exec" {
        inline = ["set -e", "echo before", "exit 3", "echo onwards"]
      }
    "#;
    let Some((project, _server, ran)) = applied(SFTP, "", provisioners) else { return };
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(said(&ran).contains("Process exited with status 3"), "{}", ran.stderr);
    assert!(ran.stdout.contains("before") && !ran.stdout.contains("onwards"), "{}", ran.stdout);
    assert!(project.ok(&["plan"]).stdout.contains("is tainted, so must be replaced"));
}

#[test]
fn scripts_from_files_run_in_order_with_what_their_first_line_names() {
    let Some((project, server)) = prepared(SFTP) else { return };
    project.write("one.sh", "#!/bin/bash\necho \"one ${BASH_VERSION:+by bash}\"\n");
    project.write("two.sh", "echo two\n");
    let provisioners = r#"
      provisioner "remote-exec" {
        scripts = ["${path.module}/one.sh", "${path.module}/two.sh"]
      }
    "#;
    project.write("main.tf", &configured(&server, "", provisioners));
    let ran = project.ok(&["apply", "-auto-approve"]);
    let one = ran.stdout.find("one by bash").expect("the first ran");
    assert!(ran.stdout[one..].contains("two"), "{}", ran.stdout);
}

#[test]
fn files_and_directories_arrive_with_their_permissions() {
    let Some((project, server)) = prepared(SFTP) else { return };
    project.write("site/index.html", "<h1>grüße</h1>");
    project.write("site/deep/er/run.sh", "#!/bin/sh\n");
    let run = project.path().join("site/deep/er/run.sh");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o750)).expect("permissions");
    // More than fits one packet, and no text.
    let large: Vec<u8> = (0..1_000_000_u32).map(|at| (at * 7 % 251) as u8).collect();
    fs::write(project.path().join("large.bin"), &large).expect("a file");
    let to = project.path().join("machine");
    fs::create_dir_all(&to).expect("a directory");
    let provisioners = format!(
        r#"
      provisioner "file" {{
        source      = "site"
        destination = "{to}"
      }}
      provisioner "file" {{
        source      = "site/"
        destination = "{to}/contents"
      }}
      provisioner "file" {{
        source      = "large.bin"
        destination = "{to}/"
      }}
      provisioner "file" {{
        content     = "id = ${{self.id}}\n"
        destination = "{to}/a b 'c'.conf"
      }}
        "#,
        to = to.display()
    );
    project.write("main.tf", &configured(&server, "", &provisioners));
    project.ok(&["apply", "-auto-approve"]);
    for below in ["site", "contents"] {
        let at = to.join(below);
        assert_eq!(fs::read_to_string(at.join("index.html")).expect("a file"), "<h1>grüße</h1>");
        let mode = fs::metadata(at.join("deep/er/run.sh")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o750, "{below}");
    }
    assert_eq!(fs::read(to.join("large.bin")).expect("a file"), large);
    let text = fs::read_to_string(to.join("a b 'c'.conf")).expect("a file");
    assert!(text.starts_with("id = ") && text.len() == 42, "{text:?}");
}

/// A project with a server that runs.
fn prepared(options: &[&str]) -> Option<(Project, Sshd)> {
    let project = Project::new();
    let server = Sshd::start(project.path(), options)?;
    Some((project, server))
}

const TRUE: &str = r#"
  provisioner "remote-exec" {
    inline = ["true"]
  }
"#;

#[test]
fn a_machine_with_another_key_than_it_should_have_is_not_talked_to() {
    let Some((project, server)) = prepared(SFTP) else { return };
    let with = |key: &str| format!("host_key = file(\"{}\")", server.path(key).display());
    project.write("main.tf", &configured(&server, &with("user.pub"), TRUE));
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(said(&ran).contains("is not the one that host_key names"), "{}", ran.stderr);
    project.write("main.tf", &configured(&server, &with("host.pub"), TRUE));
    project.ok(&["apply", "-auto-approve"]);
}

#[test]
fn a_machine_may_show_a_certificate_of_its_ca() {
    let project = Project::new();
    let Some(mut server) = Sshd::prepare(project.path(), SFTP) else { return };
    server.keygen(&["-t", "ed25519", "-f", "ca"]);
    server.keygen(&["-s", "ca", "-I", "host", "-h", "-n", "127.0.0.1", "host.pub"]);
    let certificate = server.path("host-cert.pub");
    let config = server.read("config");
    let config = format!("{config}HostCertificate {}\n", certificate.display());
    fs::write(server.path("config"), config).expect("a file");
    server.run();
    let with = |key: &str| format!("host_key = file(\"{}\")", server.path(key).display());
    project.write("main.tf", &configured(&server, &with("ca.pub"), TRUE));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &configured(&server, &with("user.pub"), TRUE));
    let ran = project.zw(&["apply", "-auto-approve", "-replace=terraform_data.machine"]);
    assert!(said(&ran).contains("is not the one that host_key names"), "{}", ran.all());
}

#[test]
fn a_user_may_show_a_certificate_or_a_key_of_an_agent() {
    let project = Project::new();
    let Some(mut server) = Sshd::prepare(project.path(), SFTP) else { return };
    server.keygen(&["-t", "ed25519", "-f", "ca"]);
    server.keygen(&["-t", "rsa", "-b", "2048", "-f", "other"]);
    server.keygen(&["-s", "ca", "-I", "me", "-n", &Sshd::user(), "other.pub"]);
    let config = server.read("config");
    let ca = server.path("ca.pub");
    let config = format!("{config}TrustedUserCAKeys {}\n", ca.display());
    fs::write(server.path("config"), config).expect("a file");
    server.run();
    let plain = configured(&server, "", TRUE);
    let key = format!("file(\"{}\")", server.path("user").display());
    let other = format!("file(\"{}\")", server.path("other").display());
    // A key that nobody knows is refused, and let in with a certificate.
    let refused = plain.replace(&key, &other).replace("\"20s\"", "\"2s\"");
    project.write("main.tf", &refused);
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert!(said(&ran).contains("refused the login"), "{}", ran.all());
    let certificate =
        format!("certificate = file(\"{}\")", server.path("other-cert.pub").display());
    let let_in = configured(&server, &certificate, TRUE).replace(&key, &other);
    project.write("main.tf", &let_in);
    project.ok(&["apply", "-auto-approve"]);
    // The agent has the key of the user.
    let socket = server.path("agent");
    let agent = std::process::Command::new("ssh-agent")
        .arg("-D")
        .arg("-a")
        .arg(&socket)
        .stdout(std::process::Stdio::null())
        .spawn();
    let mut agent = agent.expect("ssh-agent can be started");
    while !socket.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut add = std::process::Command::new("ssh-add");
    let added = add.arg("-q").arg(server.path("user")).env("SSH_AUTH_SOCK", &socket).status();
    assert!(added.expect("ssh-add can be started").success());
    let by_agent =
        plain.replace(&format!("private_key = {key}"), "").replace("agent       = false", "");
    project.write("main.tf", &by_agent);
    let project = project.env("SSH_AUTH_SOCK", &socket.to_string_lossy());
    let ran = project.zw(&["apply", "-auto-approve", "-replace=terraform_data.machine"]);
    let _ = agent.kill();
    let _ = agent.wait();
    assert_eq!(ran.code, Some(0), "{}", ran.all());
}

#[test]
fn a_machine_is_reached_through_a_bastion() {
    let Some((project, server)) = prepared(SFTP) else { return };
    let Some(bastion) = Sshd::start(project.path(), &[]) else { return };
    let through = format!(
        "bastion_host = \"127.0.0.1\"\nbastion_port = {}\nbastion_private_key = file(\"{}\")",
        bastion.port,
        bastion.path("user").display()
    );
    let provisioners = r#"
      provisioner "remote-exec" {
        inline = ["echo port $(echo $SSH_CONNECTION | cut -d' ' -f4)"]
      }
    "#;
    project.write("main.tf", &configured(&server, &through, provisioners));
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains(&format!("port {}", server.port)), "{}", ran.stdout);
    assert!(bastion.read("log").contains("Accepted publickey"), "{}", bastion.read("log"));
}

#[test]
fn a_machine_that_boots_is_waited_for() {
    let project = Project::new();
    let Some(mut server) = Sshd::prepare(project.path(), SFTP) else { return };
    project.write("main.tf", &configured(&server, "", TRUE));
    let child = project.spawn(&["apply", "-auto-approve"]);
    std::thread::sleep(Duration::from_secs(2));
    server.run();
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success());
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
}

#[test]
fn a_machine_that_never_comes_is_given_up() {
    let project = Project::new();
    let Some(server) = Sshd::prepare(project.path(), SFTP) else { return };
    project.write("main.tf", &configured(&server, "", TRUE).replace("\"20s\"", "\"1s\""));
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(said(&ran).contains("within 1s"), "{}", ran.stderr);
    assert!(said(&ran).contains("cannot be reached"), "{}", ran.stderr);
}

#[test]
fn what_is_secret_in_a_script_hides_what_it_prints() {
    let provisioners = r#"
      provisioner "remote-exec" {
        inline = ["echo ${sensitive("hunter2")}"]
      }
    "#;
    let Some((_project, _server, ran)) = applied(SFTP, "", provisioners) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    assert!(!ran.all().contains("hunter2"), "{}", ran.all());
    assert!(
        ran.stdout.contains("output suppressed due to sensitive value in config"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_destroyed_is_said_good_bye_to_also_when_its_block_is_gone() {
    let Some((project, server)) = prepared(SFTP) else { return };
    let said = project.path().join("said");
    let key = server.path("user").display().to_string();
    // The connection of what is destroyed can only be made from the object itself.
    let connection = format!(
        r#"
          connection {{
            host        = self.input.host
            port        = self.input.port
            user        = "{}"
            private_key = file("{key}")
            timeout     = "10s"
          }}
        "#,
        Sshd::user()
    );
    let bye = format!(
        r#"
          provisioner "remote-exec" {{
            when   = destroy
            inline = ["echo bye ${{each.key}} >> {}"]
          }}
        "#,
        said.display()
    );
    let resource = |keys: &str| {
        format!(
            r#"
            resource "terraform_data" "machine" {{
              for_each = toset({keys})
              input    = {{ host = "127.0.0.1", port = {} }}
              {connection}
              {bye}
            }}
            "#,
            server.port
        )
    };
    project.write("main.tf", &resource(r#"["a", "b"]"#));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &resource(r#"["b"]"#));
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(fs::read_to_string(&said).expect("it was said"), "bye a\n");
    let removed = format!(
        "removed {{\n from = terraform_data.machine\n lifecycle {{\n destroy = true\n }}\n {connection}\n {bye}\n }}"
    );
    project.write("main.tf", &removed);
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(fs::read_to_string(&said).expect("it was said"), "bye a\nbye b\n");
}

#[test]
fn a_failure_that_does_not_matter_is_a_warning() {
    let provisioners = r#"
      provisioner "remote-exec" {
        inline     = ["exit 9"]
        on_failure = continue
      }
    "#;
    let Some((project, _server, ran)) = applied(SFTP, "", provisioners) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    assert!(said(&ran).contains("Process exited with status 9"), "{}", ran.all());
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
}

#[test]
fn what_is_missing_is_said() {
    let without = Project::of(
        r#"
        resource "terraform_data" "machine" {
          provisioner "remote-exec" {
            inline = ["true"]
          }
        }
        "#,
    );
    let ran = without.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(said(&ran).contains("Missing connection configuration"), "{}", ran.stderr);
    let Some((_project, _server, ran)) = applied(&[], "", TRUE) else { return };
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(said(&ran).contains("does not offer SFTP"), "{}", ran.stderr);
}
