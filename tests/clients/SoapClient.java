// What does JAX-WS get? Prints one line per scenario: its name, and the answer or the fault that it was given.
import java.io.StringReader;
import java.io.StringWriter;
import java.net.URL;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPElement;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Source;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.stream.StreamResult;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Dispatch;
import javax.xml.ws.Service;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import javax.xml.ws.soap.SOAPFaultException;

public class SoapClient {
  static final String WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
  static String namespace, operation, member;

  record Token(String user, String secret, boolean digest) implements SOAPHandler<SOAPMessageContext> {
    public boolean handleMessage(SOAPMessageContext context) {
      if (!(Boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY)) return true;
      try {
        byte[] nonce = new byte[16];
        new SecureRandom().nextBytes(nonce);
        String created = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        MessageDigest sha = MessageDigest.getInstance("SHA-1");
        sha.update(nonce);
        sha.update(created.getBytes("UTF-8"));
        String proof = digest ? Base64.getEncoder().encodeToString(sha.digest(secret.getBytes("UTF-8"))) : secret;
        String secext = WSS + "wssecurity-secext-1.0.xsd";
        var envelope = context.getMessage().getSOAPPart().getEnvelope();
        var header = envelope.getHeader() == null ? envelope.addHeader() : envelope.getHeader();
        var security = header.addHeaderElement(new QName(secext, "Security", "wsse"));
        security.setMustUnderstand(true);
        SOAPElement token = security.addChildElement(new QName(secext, "UsernameToken", "wsse"));
        token.addChildElement(new QName(secext, "Username", "wsse")).addTextNode(user);
        SOAPElement password = token.addChildElement(new QName(secext, "Password", "wsse"));
        String kind = digest ? "PasswordDigest" : "PasswordText";
        password.addAttribute(new QName("Type"), WSS + "username-token-profile-1.0#" + kind);
        password.addTextNode(proof);
        token.addChildElement(new QName(secext, "Nonce", "wsse")).addTextNode(Base64.getEncoder().encodeToString(nonce));
        token.addChildElement(new QName(WSS + "wssecurity-utility-1.0.xsd", "Created", "wsu")).addTextNode(created);
        return true;
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    }

    public boolean handleFault(SOAPMessageContext context) {
      return true;
    }

    public void close(MessageContext context) {}

    public Set<QName> getHeaders() {
      return Collections.emptySet();
    }
  }

  interface Proof {
    void prove(BindingProvider provider);
  }

  static void ask(String name, Service service, String port, Proof proof, String number) throws Exception {
    Dispatch<Source> call = service.createDispatch(new QName(namespace, port), Source.class, Service.Mode.PAYLOAD);
    proof.prove(call);
    String asked = "<t:" + operation + " xmlns:t='" + namespace + "'><t:" + member + ">" + number
        + "</t:" + member + "></t:" + operation + ">";
    String said;
    try {
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      StringWriter written = new StringWriter();
      transformer.transform(call.invoke(new StreamSource(new StringReader(asked))), new StreamResult(written));
      said = "answer " + written;
    } catch (SOAPFaultException error) {
      said = "fault " + error.getFault().getFaultString() + " " + error.getFault().getDetail().getTextContent();
    }
    System.out.println(name + "\t" + said.replace("\n", " "));
  }

  public static void main(String[] given) throws Exception {
    namespace = given[5];
    operation = given[9];
    member = given[10];
    String good = given[11], bad = given[12];
    Service service = Service.create(new URL(given[0]), new QName(namespace, given[6]));
    String user = given[1], secret = given[2], digestSecret = given[3], bearer = given[4];
    Proof basic = provider -> {
      provider.getRequestContext().put(BindingProvider.USERNAME_PROPERTY, user);
      provider.getRequestContext().put(BindingProvider.PASSWORD_PROPERTY, secret);
    };
    Proof token = provider -> provider.getRequestContext()
        .put(MessageContext.HTTP_REQUEST_HEADERS, Map.of("Authorization", List.of("Bearer " + bearer)));
    Proof text = provider -> provider.getBinding().setHandlerChain(List.of(new Token(user, secret, false)));
    Proof digest = provider -> provider.getBinding().setHandlerChain(List.of(new Token(user, digestSecret, true)));
    for (String version : List.of("1.1", "1.2")) {
      String port = version.equals("1.1") ? given[7] : given[8];
      ask("basic " + version, service, port, basic, good);
      ask("bearer " + version, service, port, token, good);
      ask("text " + version, service, port, text, good);
      ask("digest " + version, service, port, digest, good);
      ask("fault " + version, service, port, basic, bad);
    }
  }
}
