"""In which ways does a piece of an address climb out of where it stands, when somebody decodes it once too often?

The one table of 06-security, 8, for every door. None of them is what a service, a version or a parcel is called.
"""

CLIMBS = (
    "..", ".", "%2e%2e", "%2E%2E", "%2e.", ".%2e", "%252e%252e", "%25%32%65%25%32%65", "..%2f", "..%2F", "%2e%2e%2f",
    "%2e%2e%2fpasswd", "..%5c", "%5c..", "..%255c", "..\\", "\\..", "..;", "..;a=b", ";", "%3b", ";/..", "%00",
    "a%00b", "%00..", "a%0d%0ab", "%0a", "%0d", "%09", "%7f", "%c0%ae%c0%ae", "%c0%af", "%e0%80%ae", "%ff", "%fe%ff",
    "%ed%a0%80", "%u002e", "%", "%2", "%zz", "%2%65", "//", "%2f", "%2f%2f", "%2F..", "..%c0%af", "..%ef%bc%8f",
    "%ef%bc%8e%ef%bc%8e", "%e2%80%ae", "%e2%80%8b", "%e2%81%84", "..%09", "..%20", "%20", "..%23", "..%3f", "%2e%2e%3b",
    "....%2f%2f", "..%2f..%2f", "CD123%2f..", "%2e",
    "%2e%2e;", "..%00", "..%2F..%2Fadmin", "..%5C..", "%252f", "%25252e", "%e0%80%af", "%uff0e%uff0e", "./..", "../..",
)  # fmt: skip
