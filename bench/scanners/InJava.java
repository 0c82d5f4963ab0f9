import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.PlanarYUVLuminanceSource;
import com.google.zxing.ReaderException;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** What ZXing reads in pictures: paths of PGM files from the standard input, a line of JSON for each. */
class InJava {
  public static void main(String[] arguments) throws IOException {
    var paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String path = paths.readLine(); path != null; path = paths.readLine()) {
      System.out.printf("{\"ZXing for Java\": \"%s\"}%n", read(Path.of(path)));
    }
  }

  /** A provisioning URI has nothing that JSON escapes. */
  private static String read(Path path) throws IOException {
    byte[] file = Files.readAllBytes(path);
    String[] head = new String(file, 0, Math.min(40, file.length), StandardCharsets.ISO_8859_1).split("\\s", 5);
    int width = Integer.parseInt(head[1]);
    int height = Integer.parseInt(head[2]);
    byte[] grey = Arrays.copyOfRange(file, file.length - width * height, file.length);
    var source = new PlanarYUVLuminanceSource(grey, width, height, 0, 0, width, height, false);
    try {
      var hints = Map.of(DecodeHintType.TRY_HARDER, true);
      return new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source)), hints).getText();
    } catch (ReaderException nothingFound) {
      return "";
    }
  }
}
