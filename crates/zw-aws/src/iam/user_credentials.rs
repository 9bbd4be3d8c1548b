//! What somebody with a user can sign in with: whoever is deleted must not have any.

use crate::toolkit::prelude::*;

/// Deletes all credentials of a user.
pub(super) async fn delete_credentials(client: &AwsClients, user: &str) -> OpResult<()> {
    let call = client.iam().delete_login_profile().user_name(user);
    call.send().await.if_found("iam:DeleteLoginProfile")?;
    delete_access_keys(client, user).await?;
    delete_devices(client, user).await?;
    delete_certificates(client, user).await?;
    delete_public_keys(client, user).await?;
    delete_credentials_of_services(client, user).await
}

async fn delete_access_keys(client: &AwsClients, user: &str) -> OpResult<()> {
    let call = client.iam().list_access_keys().user_name(user).into_paginator().items();
    let keys = call.send().try_collect().await.if_found("iam:ListAccessKeys")?;
    for key in keys.unwrap_or_default() {
        let call = client.iam().delete_access_key().user_name(user);
        let call = call.set_access_key_id(key.access_key_id);
        call.send().await.if_found("iam:DeleteAccessKey")?;
    }
    Ok(())
}

async fn delete_devices(client: &AwsClients, user: &str) -> OpResult<()> {
    let call = client.iam().list_mfa_devices().user_name(user).into_paginator().items();
    let devices = call.send().try_collect().await.if_found("iam:ListMFADevices")?;
    for device in devices.unwrap_or_default() {
        let number = device.serial_number();
        let call = client.iam().deactivate_mfa_device().user_name(user).serial_number(number);
        call.send().await.if_found("iam:DeactivateMFADevice")?;
        // One of hardware has no ARN, and is nobody's to delete.
        if number.starts_with("arn:") {
            let call = client.iam().delete_virtual_mfa_device().serial_number(number);
            call.send().await.if_found("iam:DeleteVirtualMFADevice")?;
        }
    }
    Ok(())
}

async fn delete_certificates(client: &AwsClients, user: &str) -> OpResult<()> {
    let call = client.iam().list_signing_certificates().user_name(user).into_paginator().items();
    let found = call.send().try_collect().await.if_found("iam:ListSigningCertificates")?;
    for certificate in found.unwrap_or_default() {
        let call = client.iam().delete_signing_certificate().user_name(user);
        let call = call.certificate_id(certificate.certificate_id());
        call.send().await.if_found("iam:DeleteSigningCertificate")?;
    }
    Ok(())
}

async fn delete_public_keys(client: &AwsClients, user: &str) -> OpResult<()> {
    let call = client.iam().list_ssh_public_keys().user_name(user).into_paginator().items();
    let keys = call.send().try_collect().await.if_found("iam:ListSSHPublicKeys")?;
    for key in keys.unwrap_or_default() {
        let call = client.iam().delete_ssh_public_key().user_name(user);
        let call = call.ssh_public_key_id(key.ssh_public_key_id());
        call.send().await.if_found("iam:DeleteSSHPublicKey")?;
    }
    Ok(())
}

async fn delete_credentials_of_services(client: &AwsClients, user: &str) -> OpResult<()> {
    let answer = client.iam().list_service_specific_credentials().user_name(user).send().await;
    let found = match answer.if_found("iam:ListServiceSpecificCredentials") {
        // Where the endpoint does not know of them, there are none.
        Err(error) if error.kind == OpErrorKind::NotImplemented => return Ok(()),
        found => found?.and_then(|found| found.service_specific_credentials),
    };
    for credential in found.unwrap_or_default() {
        let call = client.iam().delete_service_specific_credential().user_name(user);
        let call = call.service_specific_credential_id(credential.service_specific_credential_id());
        call.send().await.if_found("iam:DeleteServiceSpecificCredential")?;
    }
    Ok(())
}
