namespace AgentTeams.Tests;

/// <summary>Tests that change the process's current folder, as code of guides with relative paths needs it, run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CurrentFolderTests
{
    public const string Name = "current folder";
}

/// <summary>A temporary folder that is the current one until it is disposed.</summary>
internal sealed class CurrentFolder : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly string _folder = Directory.CreateTempSubdirectory("guide").FullName;

    public CurrentFolder() => Environment.CurrentDirectory = _folder;

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        Directory.Delete(_folder, recursive: true);
    }
}
