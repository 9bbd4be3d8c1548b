//! Key pairs, and the forms that they are written in.

use ed25519_dalek::pkcs8::KeypairBytes;
use p256::elliptic_curve::rand_core::{self, CryptoRng, RngCore};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use ssh_key::private::{EcdsaKeypair, EcdsaPrivateKey, Ed25519Keypair, KeypairData, RsaKeypair};
use ssh_key::sec1::der::EncodePem;
use ssh_key::sec1::der::oid::ObjectIdentifier;
use ssh_key::sec1::{EcParameters, EcPrivateKey, EncodedPoint};

use crate::Effects;

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// RSA with so many bits.
    Rsa(usize),
    P224,
    P256,
    P384,
    P521,
    Ed25519,
}

/// A key pair in all its forms. PEM ends with a newline.
pub(super) struct Written {
    /// PKCS #1 for RSA, SEC 1 for ECDSA, PKCS #8 for ED25519.
    pub(super) private_pem: String,
    pub(super) private_pkcs8: String,
    pub(super) public_pem: String,
    /// `SubjectPublicKeyInfo`
    pub(super) public_der: Vec<u8>,
    /// The pair as OpenSSH has it, which knows no P-224.
    pub(super) openssh: Option<KeypairData>,
}

/// The machine's randomness as the key generators want it.
struct Random<'a>(&'a dyn Effects);

impl RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.random(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.random(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.random(buffer);
        Ok(())
    }
}

impl CryptoRng for Random<'_> {}

/// Makes a new key pair.
pub(super) fn generate(kind: Kind, effects: &dyn Effects) -> Result<Written, String> {
    let mut random = Random(effects);
    let written = match kind {
        Kind::Rsa(bits) => rsa(bits, &mut random).map_err(|error| error.to_string()),
        Kind::P224 => p224(&mut random).map_err(|error| error.to_string()),
        Kind::P256 => p256(&mut random).map_err(|error| error.to_string()),
        Kind::P384 => p384(&mut random).map_err(|error| error.to_string()),
        Kind::P521 => p521(&mut random).map_err(|error| error.to_string()),
        Kind::Ed25519 => ed25519(&mut random).map_err(|error| error.to_string()),
    };
    written.map_err(|error| format!("The key could not be made: {error}."))
}

type Outcome = Result<Written, Box<dyn std::error::Error>>;

fn rsa(bits: usize, random: &mut Random<'_>) -> Outcome {
    let key = rsa::RsaPrivateKey::new(random, bits)?;
    let public = key.to_public_key();
    Ok(Written {
        private_pem: key.to_pkcs1_pem(LineEnding::LF)?.to_string(),
        private_pkcs8: key.to_pkcs8_pem(LineEnding::LF)?.to_string(),
        public_pem: public.to_public_key_pem(LineEnding::LF)?,
        public_der: public.to_public_key_der()?.into_vec(),
        openssh: Some(KeypairData::Rsa(RsaKeypair::try_from(key)?)),
    })
}

/// SEC 1 with the name of the curve, without which nobody can tell on which curve the key is: the crates of the
/// curves leave it out.
fn sec1_pem(
    private_key: &[u8],
    public_key: &[u8],
    curve: ObjectIdentifier,
) -> Result<String, Box<dyn std::error::Error>> {
    let key = EcPrivateKey {
        private_key,
        parameters: Some(EcParameters::NamedCurve(curve)),
        public_key: Some(public_key),
    };
    Ok(key.to_pem(LineEnding::LF)?)
}

/// A function that makes a key on a curve, with its object identifier, and OpenSSH's name of it if it has one.
macro_rules! on_curve {
    ($curve:ident, $oid:expr $(, $openssh:ident)?) => {
        fn $curve(random: &mut Random<'_>) -> Outcome {
            let key = $curve::SecretKey::random(random);
            let public = key.public_key();
            let pairs: &[EcdsaKeypair] = &[$(EcdsaKeypair::$openssh {
                public: EncodedPoint::from_bytes(public.to_sec1_bytes())?,
                private: EcdsaPrivateKey::from(key.clone()),
            })?];
            Ok(Written {
                private_pem: sec1_pem(
                    &key.to_bytes(),
                    &public.to_sec1_bytes(),
                    const { ObjectIdentifier::new_unwrap($oid) },
                )?,
                private_pkcs8: key.to_pkcs8_pem(LineEnding::LF)?.to_string(),
                public_pem: public.to_public_key_pem(LineEnding::LF)?,
                public_der: public.to_public_key_der()?.into_vec(),
                openssh: pairs.first().cloned().map(KeypairData::Ecdsa),
            })
        }
    };
}

on_curve!(p224, "1.3.132.0.33");
on_curve!(p256, "1.2.840.10045.3.1.7", NistP256);
on_curve!(p384, "1.3.132.0.34", NistP384);
on_curve!(p521, "1.3.132.0.35", NistP521);

fn ed25519(random: &mut Random<'_>) -> Outcome {
    let mut seed = [0; 32];
    random.fill_bytes(&mut seed);
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let public = key.verifying_key();
    // Without the public key, as other tools write and read it.
    let alone = KeypairBytes { secret_key: seed, public_key: None };
    let pem = alone.to_pkcs8_pem(LineEnding::LF)?.to_string();
    Ok(Written {
        private_pem: pem.clone(),
        private_pkcs8: pem,
        public_pem: public.to_public_key_pem(LineEnding::LF)?,
        public_der: public.to_public_key_der()?.into_vec(),
        openssh: Some(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed))),
    })
}
