<?php
// What does PHP's SoapClient get? Prints one JSON object: scenario -> value, or the fault that it was given.
[, $wsdl, $user, $secret, $digestSecret, $bearer, , , , , $operation, $member, $good, $bad] = $argv;

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

function security(string $user, string $secret, bool $digest): SoapHeader
{
    $nonce = random_bytes(16);
    $created = gmdate('Y-m-d\TH:i:s\Z');
    $type = WSSE . 'username-token-profile-1.0#' . ($digest ? 'PasswordDigest' : 'PasswordText');
    $password = $digest ? base64_encode(sha1($nonce . $created . $secret, true)) : $secret;
    $xml = '<w:Security xmlns:w="' . WSSE . 'wssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>' . $user
        . '</w:Username><w:Password Type="' . $type . '">' . $password . '</w:Password><w:Nonce>' . base64_encode($nonce)
        . '</w:Nonce><u:Created xmlns:u="' . WSSE . 'wssecurity-utility-1.0.xsd">' . $created
        . '</u:Created></w:UsernameToken></w:Security>';
    return new SoapHeader(WSSE . 'wssecurity-secext-1.0.xsd', 'Security', new SoapVar($xml, XSD_ANYXML), true);
}

function asked(string $wsdl, int $version, array $options, ?SoapHeader $header, string $number): array
{
    global $operation, $member;
    try {
        $client = new SoapClient($wsdl, $options + ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE]);
        if ($header !== null) {
            $client->__setSoapHeaders($header);
        }
        return ['answer' => $client->__soapCall($operation, [[$member => $number]])];
    } catch (SoapFault $fault) {
        return ['fault' => $fault->getMessage(), 'detail' => $fault->detail ?? null];
    }
}

$basic = ['login' => $user, 'password' => $secret];
$token = ['stream_context' => stream_context_create(['http' => ['header' => "Authorization: Bearer $bearer"]])];
$results = [];
foreach (['1.1' => SOAP_1_1, '1.2' => SOAP_1_2] as $name => $version) {
    $results["basic $name"] = asked($wsdl, $version, $basic, null, $good);
    $results["bearer $name"] = asked($wsdl, $version, $token, null, $good);
    $results["text $name"] = asked($wsdl, $version, [], security($user, $secret, false), $good);
    $results["digest $name"] = asked($wsdl, $version, [], security($user, $digestSecret, true), $good);
    $results["fault $name"] = asked($wsdl, $version, $basic, null, $bad);
    $results["nobody $name"] = asked($wsdl, $version, [], null, $good);
}
echo json_encode($results, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
