import generated.Converter;
import generated.RemoteExecutionContext;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads each file that is named, and prints what a handler asks first. */
class Read {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            RemoteExecutionContext context = Converter.fromJsonString(Files.readString(Path.of(path)));
            System.out.println(context.getMessageName() + " " + context.getPrimaryEntityName());
        }
    }
}
