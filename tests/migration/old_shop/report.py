import asyncio

import aiohttp


class Api(aiohttp.ClientSession):
    async def orders(self):
        async with self.get('https://shop.example/orders') as response:
            return await response.json()


async def report(password):
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth('report', password)) as session:
        async with session.get('https://shop.example/report', timeout=None) as response:
            print(await response.text())


if __name__ == '__main__':
    asyncio.run(report('secret'))
