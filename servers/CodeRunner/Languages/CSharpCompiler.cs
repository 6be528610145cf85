using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AgentTeams.Servers;

/// <summary>Compiles C# in this process, against the framework that runs it.</summary>
internal static class CSharpCompiler
{
    private const string GlobalUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Text; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> Framework = new(() =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll").Where(IsManaged).Select(f => MetadataReference.CreateFromFile(f))]);

    /// <summary>The assembly, or what is wrong with the sources.</summary>
    public static (byte[]? Assembly, IReadOnlyList<string> Errors) Compile(string name, IReadOnlyList<(string File, string Text)> sources, IReadOnlyList<MetadataReference> references, CancellationToken cancellationToken)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var usings = references.Count == 0 ? "" : GlobalUsings + " global using Testing;";
        var trees = sources.Select(s => CSharpSyntaxTree.ParseText(s.Text, parse, s.File, cancellationToken: cancellationToken)).Prepend(CSharpSyntaxTree.ParseText(usings, parse, cancellationToken: cancellationToken));
        var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, allowUnsafe: false, concurrentBuild: false);
        var compilation = CSharpCompilation.Create(name, trees, [.. Framework.Value, .. references], options);
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly, cancellationToken: cancellationToken);
        return emitted.Success
            ? (assembly.ToArray(), [])
            : (null, [.. emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString())]);
    }

    private static bool IsManaged(string file)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
