using System.Text;

namespace AgentTeams.Tests;

/// <summary>Writes the map of replacements that SentencePiece compiles: a double array in the layout of Darts-clone, then the texts.</summary>
internal static class CharsmapWriter
{
    private const int Block = 256;

    public static string Write(Dictionary<string, string> replacements)
    {
        var texts = new List<byte>();
        var entries = new List<(byte[] Key, uint Value)>();
        foreach (var (from, to) in replacements)
        {
            entries.Add(([.. Encoding.UTF8.GetBytes(from), 0], (uint)texts.Count));
            texts.AddRange([.. Encoding.UTF8.GetBytes(to), 0]);
        }

        var units = new List<uint>(new uint[Block]);
        // Every node has a block of its own, at the exclusive or of its place and its offset; wasteful, and so never in each other's way.
        Place(0, entries, 0);
        byte[] trie = [.. units.SelectMany(BitConverter.GetBytes)];
        return Convert.ToBase64String([.. BitConverter.GetBytes(trie.Length), .. trie, .. texts]);

        void Place(int node, List<(byte[] Key, uint Value)> below, int depth)
        {
            var block = units.Count;
            units.AddRange(new uint[Block]);
            // What an offset leads to is the block itself, so that a child stands at the block plus its byte.
            units[node] |= (uint)(block ^ node) << 10;
            foreach (var group in below.GroupBy(e => e.Key[depth]))
            {
                var child = block | group.Key;
                if (group.Key == 0)
                {
                    units[node] |= 1 << 8;
                    units[child] = group.Single().Value | 1u << 31;
                    continue;
                }

                units[child] = group.Key;
                Place(child, [.. group], depth + 1);
            }
        }
    }
}
