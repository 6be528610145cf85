using System.Reflection;
using System.Runtime.Loader;

namespace AgentTeams.Cli;

/// <summary>Finds the team program of an assembly.</summary>
internal static class ProgramLoader
{
    /// <summary>Whether a text names something that can be loaded.</summary>
    public static bool IsProgram(string text) => text.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || IsYaml(text);

    /// <exception cref="AgentTeamsException">The file cannot be loaded, or holds no program or several.</exception>
    public static ITeamProgram Load(string path)
    {
        if (IsYaml(path)) return new YamlProgram(path);
        var full = Path.GetFullPath(path);
        if (!File.Exists(full)) throw new AgentTeamsException($"The program '{path}' is not there. Give the assembly that 'dotnet build' makes of it.");
        Assembly assembly;
        try
        {
            assembly = new ProgramContext(full).LoadFromAssemblyPath(full);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or InvalidOperationException)
        {
            throw new AgentTeamsException($"The program '{path}' cannot be loaded: {e.Message} Give the assembly that 'dotnet build' makes of it.", e);
        }

        var types = assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ITeamProgram)) && t.GetConstructor(Anyone, []) is not null).ToList();
        return types is [var only] ? (ITeamProgram)only.GetConstructor(Anyone, [])!.Invoke(null)
            : throw new AgentTeamsException($"'{path}' holds {types.Count} team programs ({string.Join(", ", types.Select(t => t.Name))}). "
                + $"It needs one: a class that derives from TeamProgram<TOptions> and has a constructor without parameters.");
    }

    private static bool IsYaml(string path) => path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private const BindingFlags Anyone = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The program's own packages lie beside it; what the command line itself has is shared, so that both mean the same types.</summary>
    private sealed class ProgramContext(string path) : AssemblyLoadContext(Path.GetFileName(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (IOException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}
