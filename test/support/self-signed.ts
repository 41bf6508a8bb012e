/**
 * A certificate for `webhooks.example` and 127.0.0.1 that nobody has signed, and its key, for tests alone. Good until 2126. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=webhooks.example
 * -addext subjectAltName=DNS:webhooks.example,IP:127.0.0.1`.
 */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggu1b1JkM0Cufzh90
CJE1siCbJj1LFp0J3zMYteQxMYmhRANCAATFs88ucrvEaKGoiud0d9dKDdnwjiCy
1ZIvh/++OCmkc+CCw/4aFdL1TFvKyuwAnqyBHlqMsOJz5fiC5vjv6rwu
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIUBJPaPbWzZ/rGBn4iWUuKc+5PhDQwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQd2ViaG9va3MuZXhhbXBsZTAgFw0yNjExMjQwMzM5MjFaGA8y
MTI2MTAzMTAzMzkyMVowGzEZMBcGA1UEAwwQd2ViaG9va3MuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABMWzzy5yu8RooaiK53R310oN2fCOILLVki+H
/744KaRz4ILD/hoV0vVMW8rK7ACerIEeWoyw4nPl+ILm+O/qvC6jdjB0MB0GA1Ud
DgQWBBT9jXmdjR18ktOo9dHXC7IR4FPgizAfBgNVHSMEGDAWgBT9jXmdjR18ktOo
9dHXC7IR4FPgizAPBgNVHRMBAf8EBTADAQH/MCEGA1UdEQQaMBiCEHdlYmhvb2tz
LmV4YW1wbGWHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgYVgESj5yyqwWxmxL3dXv
NzhXavj9KQiIR/54BwEHUlECIQCxxEmUgO1dHI60MNn5B4rnyjeKKN0ilxcS3nZQ
rRTs7A==
-----END CERTIFICATE-----`,
}
