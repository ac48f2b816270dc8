"""Who may see and do what over FHIR: clinics, scopes, keys of one patient, signed-in services, limits of calls."""
import base64
import http.client
import json
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from fhir_support import CYPRUS_ID, Judged, bundle, ids, observation, patient, post
from support import until, AORTA, Sender, corpus, on_both


@on_both
class Access(Judged):
    def two_clinics(self):
        engine = self.engine(extra='[clinic.OTHER]\nname = "Other clinic"', bundle_routes=("MAIN", "OTHER"))
        keys = {clinic: engine.command("key", "create", "--name", clinic, "--scope", "system/*.*", "--clinic", clinic).split()[-1] for clinic in ("MAIN", "OTHER")}
        return engine, keys

    def test_nothing_of_one_clinic_is_seen_changed_or_told_of_by_a_key_of_another(self):
        engine, keys = self.two_clinics()
        main, other = keys["MAIN"], keys["OTHER"]
        self.order(engine, "PO-77")
        with Sender(engine.port) as sender:
            sender.ask(corpus("01"))
        person = self.make(engine, patient(765020, telecom=[{"system": "email", "value": "eleni@example.org"}]), key=main)
        subject = f"Patient/{person['id']}"
        made = [person, self.make(engine, observation(subject), key=main),
                self.make(engine, {"resourceType": "Condition", "subject": {"reference": subject}, "code": {"text": "AF"}}, key=main),
                self.make(engine, {"resourceType": "Encounter", "status": "finished", "subject": {"reference": subject},
                                   "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}, key=main)]
        made += [e["resource"] for e in engine.fhir("GET", "/Observation?category=laboratory", key=main)[1]["entry"]]
        made += [e["resource"] for e in engine.fhir("GET", "/DiagnosticReport", key=main)[1]["entry"]]
        missing = engine.fhir("GET", "/Patient/999999", key=other)
        for one in made:
            where = f"/{one['resourceType']}/{one['id']}"
            for method, path, body in (("GET", where, None), ("GET", where + "/_history", None), ("GET", where + f"/_history/{one['meta']['versionId']}", None),
                                       ("PUT", where, one), ("DELETE", where, None)):
                status, answer, _ = engine.fhir(method, path, body, key=other)
                self.assertIn(status, (404, 405) if method == "PUT" else (404, 204) if method == "DELETE" else (404,), (method, path, answer))
            self.assertEqual(engine.fhir("GET", where, key=main)[0], 200)
            for query in (f"{one['resourceType']}?_id={one['id']}", f"{one['resourceType']}", f"{one['resourceType']}/_history"):
                found = engine.fhir("GET", "/" + query, key=other)[1]
                self.assertEqual([e["resource"]["id"] for e in found.get("entry", []) if e["resource"]["id"] == one["id"] and
                                  e["resource"]["resourceType"] != "Organization"], [], query)
        self.assertEqual(missing[0], 404)
        for query in (f"Patient?identifier={CYPRUS_ID}|765020", "Patient?email=eleni@example.org", "Patient?name=" + urllib.parse.quote("Νικολάου"),
                      f"Observation?subject:Patient.identifier={CYPRUS_ID}|765020", "Patient?_has:Condition:patient:code:text=AF",
                      f"Observation?subject={subject}", f"Patient?_id={person['id']}&_revinclude=Observation:subject"):
            status, found, _ = engine.fhir("GET", "/" + query, key=other)
            self.assertEqual(ids(found), [], (query, found))
        self.assertEqual(engine.fhir("GET", f"/{subject}/$everything", key=other)[0], 404)
        self.assertEqual(ids(engine.fhir("GET", f"/AuditEvent?patient={person['id']}", key=other)[1]), [])
        # Another clinic's patient cannot be written about, referred to, or found out by a duplicate.
        before = engine.count("lab_results")
        self.assertGreaterEqual(engine.fhir("POST", "/Observation", observation(subject), key=other)[0], 400)
        self.assertGreaterEqual(engine.fhir("POST", "", bundle("transaction", post(observation(subject))), key=other)[0], 400)
        self.assertEqual(engine.count("lab_results"), before)
        self.make(engine, patient(765020), key=other)
        status, own, _ = engine.fhir("POST", "/Patient", patient(765020), key=other, If_None_Exist=f"identifier={CYPRUS_ID}|765020")
        self.assertEqual(status, 200)
        self.assertNotEqual(own["id"], person["id"])
        status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", {"fullUrl": f"http://127.0.0.1:{engine.http}/fhir/r4/{subject}",
                                                                                 "resource": patient(765021)}), key=other)
        self.assertEqual(engine.fhir("GET", f"/{subject}", key=main)[1]["identifier"][0]["value"], "765020")
        self.assertEqual(engine.fhir("GET", "/Patient", key=main, X_Clinic="OTHER")[0], 404)
        self.assertEqual(engine.fhir("GET", "/Patient", X_Clinic="NONE")[0], 404)

    def test_a_key_may_what_its_scopes_say_and_a_patient_key_sees_one_patient(self):
        engine = self.engine()
        a, b = (self.make(engine, patient(765030 + n))["id"] for n in range(2))
        oa, ob = (self.make(engine, observation(f"Patient/{p}"))["id"] for p in (a, b))
        reader = engine.command("key", "create", "--name", "reader", "--scope", "system/Patient.read", "--clinic", "MAIN").split()[-1]
        self.assertEqual(engine.fhir("GET", f"/Patient/{a}", key=reader)[0], 200)
        self.assertEqual(engine.fhir("GET", f"/Observation/{oa}", key=reader)[0], 403)
        self.assertEqual(engine.fhir("POST", "/Patient", patient(765039), key=reader)[0], 403)
        self.assertEqual([e["resource"]["resourceType"] for e in engine.fhir("GET", f"/Patient?_id={a}&_revinclude=Observation:subject", key=reader)[1]["entry"]], ["Patient"])
        self.assertNotIn("Observation", {e["resource"]["resourceType"] for e in engine.fhir("GET", f"/Patient/{a}/$everything", key=reader)[1].get("entry", [])})
        bound = engine.command("key", "create", "--name", "bound", "--scope", "patient/*.*", "--scope", "read", "--clinic", "MAIN", "--patient", a).split()[-1]
        self.assertEqual([engine.get(path, key=bound)[0] for path in (f"/api/patients/{a}/lab-results", "/api/messages", "/metrics")], [403] * 3)
        self.assertEqual(engine.fhir("GET", f"/Patient/{a}", key=bound)[0], 200)
        for path in (f"/Patient/{b}", f"/Observation/{ob}", f"/Patient/{b}/$everything", f"/Observation/{ob}/_history"):
            self.assertEqual(engine.fhir("GET", path, key=bound)[0], 404, path)
        self.assertEqual(ids(engine.fhir("GET", "/Observation", key=bound)[1]), [oa])
        self.assertEqual(ids(engine.fhir("GET", "/Patient", key=bound)[1]), [a])
        self.assertEqual(ids(engine.fhir("GET", f"/Observation?patient={b}", key=bound)[1]), [])
        self.assertEqual({e["resource"]["subject"]["reference"] for e in engine.fhir("GET", "/Observation/_history", key=bound)[1]["entry"]}, {f"Patient/{a}"})
        self.assertGreaterEqual(engine.fhir("POST", "/Observation", observation(f"Patient/{b}"), key=bound)[0], 400)
        self.make(engine, observation(f"Patient/{a}"), key=bound)
        self.assertEqual(engine.fhir("GET", "/Patient", key="nonsense")[0], 401)
        self.assertEqual(engine.get("/fhir/r4/Patient", key=False)[0], 401)

    def test_a_backend_service_signs_in_with_its_key(self):
        # What the server is called is the configuration's word: a proxy's name, whatever Host says.
        engine = self.engine(extra='[fhir]\nbase_url = "https://clinic.example/fhir/r4"')
        self.make(engine, patient(765040))
        folder = engine.folder
        subprocess.run(["openssl", "genrsa", "-out", folder / "client.pem", "2048"], check=True, stderr=subprocess.DEVNULL)
        modulus = subprocess.run(["openssl", "rsa", "-in", folder / "client.pem", "-noout", "-modulus"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        b64 = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        n = b64(bytes.fromhex(modulus.decode().strip().split("=")[1]))
        (folder / "jwks.json").write_text(json.dumps({"keys": [{"kty": "RSA", "kid": "one", "alg": "RS384", "n": n, "e": "AQAB"}]}))
        engine.command("key", "create", "--name", "analytics", "--scope", "system/Patient.read", "--clinic", "MAIN", "--jwks", str(folder / "jwks.json"))
        url = f"http://127.0.0.1:{engine.http}/auth/token"

        def ask(scope="system/Patient.read system/Observation.read", audience="https://clinic.example/auth/token", jti=None, ahead=200, client="analytics"):
            claims = {"iss": client, "sub": client, "aud": audience, "exp": int(time.time()) + ahead, "jti": jti or str(uuid.uuid4())}
            text = b64(json.dumps({"alg": "RS384", "typ": "JWT", "kid": "one"}).encode()) + "." + b64(json.dumps(claims).encode())
            signature = subprocess.run(["openssl", "dgst", "-sha384", "-sign", folder / "client.pem"], input=text.encode(), check=True, stdout=subprocess.PIPE).stdout
            form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope, "client_assertion": text + "." + b64(signature),
                                           "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}).encode()
            try:
                with urllib.request.urlopen(urllib.request.Request(url, data=form), timeout=30) as answer:
                    return answer.status, json.loads(answer.read())
            except urllib.error.HTTPError as refused:
                return refused.code, json.loads(refused.read())

        self.assertEqual(ask(audience=url)[1]["error"], "invalid_client")
        discovery = self.told(engine, "/fhir/r4/.well-known/smart-configuration", "elsewhere.example")
        self.assertEqual((discovery[0], discovery[1]["token_endpoint"]), (200, "https://clinic.example/auth/token"))
        self.assertEqual(self.told(engine, "/fhir/r4/metadata", "elsewhere.example")[1]["implementation"]["url"], "https://clinic.example/fhir/r4")
        status, token = ask(jti="once")
        self.assertEqual((status, token["token_type"], token["scope"]), (200, "bearer", "system/Patient.read"), token)
        self.assertLessEqual(token["expires_in"], 300)
        self.assertEqual(engine.fhir("GET", "/Patient", key=token["access_token"])[0], 200)
        self.assertEqual(engine.fhir("GET", "/Observation", key=token["access_token"])[0], 403)
        # The same token at the other side of the door: known, and for nothing there but what takes any key.
        self.assertEqual([engine.get(path, key=token["access_token"])[0] for path in ("/api/messages", "/metrics", "/api/openapi.json")], [403, 403, 200])
        for refused in (ask(jti="once"), ask(audience="http://elsewhere/token"), ask(ahead=-300), ask(ahead=4000), ask(client="nobody")):
            self.assertEqual((refused[0], refused[1]["error"]), (401, "invalid_client"))
        self.assertEqual(ask(scope="system/*.write")[1]["error"], "invalid_scope")
        self.assertIn(("client:analytics",), engine.rows("select distinct actor from security_audit"))
        self.assertNotIn(token["access_token"], str(engine.rows("select * from access_tokens")))
        engine.command("key", "revoke", "analytics")
        self.assertEqual(ask()[0], 401)
        self.assertEqual(engine.get("/api/openapi.json", key=token["access_token"])[0], 401)

    def told(self, engine, path, host, method="GET", body=None):
        """(status, JSON) of a request that says `Host: host`."""
        link = http.client.HTTPConnection("127.0.0.1", engine.http, timeout=30)
        link.request(method, path, body, {"Host": host, "Authorization": f"Bearer {engine.key}"})
        answer = link.getresponse()
        text = answer.read()
        link.close()
        return answer.status, json.loads(text) if text else None

    def test_without_a_configured_address_only_loopback_names_are_believed_and_there_are_no_tokens(self):
        engine = self.engine()
        for host in (f"127.0.0.1:{engine.http}", "localhost", "LOCALHOST:8080", "[::1]:99", "127.0.0.1"):
            status, found = self.told(engine, "/fhir/r4/Patient?_id=1", host)
            self.assertEqual(status, 200, host)
            self.assertTrue(found["link"][0]["url"].startswith(f"http://{host}/fhir/r4/Patient"), host)
        for host in ("hospital-b.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80:80", "localhost:", "127.0.0.2", "evil/localhost", ""):
            status, outcome = self.told(engine, "/fhir/r4/Patient?_id=1", host)
            self.assertEqual(status, 421, host)
            self.assertIn("base_url", outcome["issue"][0]["diagnostics"])
        for method, path in (("GET", "/.well-known/smart-configuration"), ("GET", "/fhir/r4/.well-known/smart-configuration"), ("POST", "/auth/token")):
            status, outcome = self.told(engine, path, "localhost", method, b"grant_type=client_credentials" if method == "POST" else None)
            self.assertEqual((status, "base_url" in outcome["issue"][0]["diagnostics"]), (404, True), path)
        self.assertNotIn("extension", self.told(engine, "/fhir/r4/metadata", "localhost")[1]["rest"][0]["security"])

    def test_a_key_that_can_never_verify_is_not_registered(self):
        engine = self.engine()
        weak = base64.urlsafe_b64encode(bytes([0xC5] * 128)).rstrip(b"=").decode()
        (engine.folder / "weak.json").write_text(json.dumps({"keys": [{"kty": "RSA", "kid": "one", "n": weak, "e": "AQAB"}]}))
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "key", "create", "--name", "weak", "--scope", "read", "--jwks", str(engine.folder / "weak.json")],
                              env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1024 bits", done.stderr.decode())
        self.assertIn("2048", done.stderr.decode())
        self.assertEqual(engine.count("api_keys", "name = 'weak'"), 0)

    def test_a_key_that_asks_too_often_is_told_when_to_come_again(self):
        engine = self.engine(extra="[limits]\nkey_requests_per_second = 5")
        statuses = [engine.fhir("GET", "/Patient/999999") for _ in range(40)]
        refused = [answer for answer in statuses if answer[0] == 429]
        self.assertTrue(refused)
        self.assertGreaterEqual(int(refused[0][2]["retry-after"]), 1)
        self.assertIn(404, [answer[0] for answer in statuses])
        # One bucket for all calls of the key: the rest of HTTP is refused by it too, until it has filled again.
        self.assertIn(429, {engine.get("/api/openapi.json")[0] for _ in range(40)})
        until(lambda: engine.get("/api/openapi.json")[0] == 200, 10, "the next call is taken")
        self.assertEqual(engine.get("/health")[0], 200)

if __name__ == "__main__":
    unittest.main()
